import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import { patiently } from '../host.ts'
import { listRuns } from './listing.ts'
import type { PipelinesOptions } from './pipelines-options.ts'

/** Runs among which the last published one is looked for; behind so many that failed nothing is known of it. */
const most = 200

/** Up to where pipelines have published, for those that run behind them. */
export class Dependencies {
  readonly #options: Pick<PipelinesOptions, 'pipelines' | 'store' | 'host'>
  /** The latest end of a published period, by pipeline. */
  readonly #until = new Map<string, number>()
  readonly #waiting = new Set<() => void>()

  constructor(options: Pick<PipelinesOptions, 'pipelines' | 'store' | 'host'>) {
    this.#options = options
  }

  async recover(): Promise<void> {
    const { pipelines, store, host } = this.#options
    for (const { name } of pipelines) {
      const runs = await patiently(host, () =>
        listRuns(store.read.streams, { pipeline: name, limit: most }, host.now()),
      )
      const last = runs.find(({ status, trigger }) => status === 'published' && trigger !== 'repair')
      if (last) this.published(name, last.until)
    }
  }

  until(pipeline: string): number | undefined {
    return this.#until.get(pipeline)
  }

  published(pipeline: string, until: number): void {
    this.#until.set(pipeline, Math.max(until, this.#until.get(pipeline) ?? 0))
    for (const look of this.#waiting) look()
  }

  /** The first pipeline that has not published so far. */
  missing({ after }: Pipeline, until: number): string | undefined {
    return after.find(({ name }) => (this.#until.get(name) ?? 0) < until)?.name
  }

  /** Resolves once nothing is missing, or when the signal aborts. */
  wait(pipeline: Pipeline, until: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        if (!signal.aborted && this.missing(pipeline, until) !== undefined) return
        this.#waiting.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      this.#waiting.add(look)
      signal.addEventListener('abort', look)
      look()
    })
  }
}
