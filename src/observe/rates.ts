import type { Metrics } from './metrics.ts'

/** Seconds over which a rate is taken. */
const span = 10

interface Reading {
  readonly at: number
  readonly accepted: number
  readonly ended: number
}

/** Messages per second of each flow, over the last ten seconds. */
export class Rates {
  readonly #metrics: Metrics
  readonly #readings = new Map<string, Reading[]>()
  readonly #timer: NodeJS.Timeout

  constructor(metrics: Metrics, flows: readonly string[]) {
    this.#metrics = metrics
    for (const flow of flows) this.#readings.set(flow, [this.#read(flow)])
    this.#timer = setInterval(() => this.#sample(), 1000)
    this.#timer.unref()
  }

  of(flow: string): { readonly accepted: number; readonly ended: number } {
    const first = this.#readings.get(flow)?.[0]
    const now = this.#read(flow)
    const seconds = first ? (now.at - first.at) / 1000 : 0
    if (!first || seconds < 0.5) return { accepted: 0, ended: 0 }
    const perSecond = (later: number, earlier: number) => Math.round(((later - earlier) / seconds) * 10) / 10
    return { accepted: perSecond(now.accepted, first.accepted), ended: perSecond(now.ended, first.ended) }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    for (const [flow, readings] of this.#readings) {
      readings.push(this.#read(flow))
      if (readings.length > span) readings.shift()
    }
  }

  #read(flow: string): Reading {
    const { accepted, ended } = this.#metrics.flow(flow)
    return { at: performance.now(), accepted, ended: ended.delivered + ended.filtered + ended.discarded }
  }
}
