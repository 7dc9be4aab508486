import { model, Type } from 'isthmus'
import { eventMaker } from '../brokers/events.ts'

export const Numbered = model('Numbered', {
  version: 1,
  schema: Type.Object({ no: Type.String(), text: Type.String(), key: Type.String(), n: Type.Integer() }),
})
export interface Numbered {
  no: string
  text: string
  key: string
  n: number
}

export const keys = 200

/** Events of about 200 bytes, with rising numbers; the first of a run is numbered 0. */
export function numbered(first: number, count: number): Numbered[] {
  const make = eventMaker(200)
  return Array.from({ length: count }, (_, at) => ({ ...make(), key: `K-${at % keys}`, n: first + at }))
}

/** Takes events, of each key in their order and each once: throws at the first that is not. */
export class Order {
  #seen = 0
  readonly #last = new Map<string, number>()
  #waiting: { readonly count: number; resolve(): void } | undefined

  take({ key, n }: Numbered): void {
    const last = this.#last.get(key) ?? -1
    if (n <= last) throw new Error(`${n} came after ${last} of ${key}`)
    this.#last.set(key, n)
    if (++this.#seen === this.#waiting?.count) this.#waiting.resolve()
  }

  /** Resolves when so many have come; rejects if they have not within a minute. */
  async has(count: number): Promise<void> {
    if (this.#seen >= count) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting = { count, resolve }
    const late = setTimeout(() => reject(new Error(`${this.#seen} of ${count} arrived`)), 60_000)
    await promise.finally(() => clearTimeout(late))
  }

  /** Throws unless so many have come, which are all then, since none comes twice. */
  mustHave(count: number): void {
    if (this.#seen !== count) throw new Error(`${this.#seen} of ${count} arrived`)
  }
}
