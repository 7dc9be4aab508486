/**
 * What can be wrong with a simulated system: `down` resets every connection, `slow` answers late and now and then later
 * than anybody waits, `refuse` says that it is being maintained, `lose-answer` does what it is asked and cuts the connection.
 */
export const faultKinds = ['none', 'down', 'slow', 'refuse', 'lose-answer'] as const

export type FaultKind = (typeof faultKinds)[number]

export class Faults {
  #kind: FaultKind = 'none'
  #until = 0
  #slowAnswers = 0

  set(kind: FaultKind, forSeconds: number): void {
    this.#kind = kind
    this.#until = performance.now() + forSeconds * 1000
  }

  get kind(): FaultKind {
    return performance.now() < this.#until ? this.#kind : 'none'
  }

  /** Milliseconds to wait before the next answer while slow: every sixth one is later than we wait. */
  delay(): number {
    this.#slowAnswers += 1
    return this.#slowAnswers % 6 === 0 ? 4_000 : 150 * (this.#slowAnswers % 6)
  }
}
