import { setTimeout as delay } from 'node:timers/promises'
import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { Log } from '../../../observe/log.ts'
import type { Append, Appended, StoreReader } from '../../../store/store.ts'
import { refusalOf } from '../deciding.ts'
import type { Decisions, Replays } from '../operations.ts'
import { rowVersion } from '../row-version.ts'
import { appendOf, type BatchFact, evolve, type Logged, type Result } from './batch-log.ts'
import type { Batch } from './batch-schemas.ts'
import { type End, endOf, type Following } from './following.ts'
import type { Frozen, Selections } from './selections.ts'

export interface BatchRunOptions {
  readonly reader: StoreReader
  readonly decisions: Decisions
  readonly replays: Replays
  readonly selections: Selections
  readonly following: Following
  readonly log: Log
  /** Milliseconds within which a message that was let run has to come to an end; then it counts as a failure. */
  readonly patience: number
  append(append: Append): Promise<Appended>
  changed(batch: Batch): void
}

/** Messages under way at a time. */
const widest = 200

/** Works off one batch. What was recorded is not done again; what a crash left between doing and recording is found out. */
export class BatchRun {
  readonly #options: BatchRunOptions
  readonly #stopping = new AbortController()
  #logged: Logged
  #writing: Promise<unknown> = Promise.resolve()
  #running: Promise<void> | undefined

  constructor(logged: Logged, options: BatchRunOptions) {
    this.#options = options
    this.#logged = logged
  }

  get batch(): Batch {
    return this.#logged.batch
  }

  /** Goes on while its state is running. Never rejects. */
  start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.batch.state === 'running' && !this.#stopping.signal.aborted) this.start()
    })
  }

  /** Records what a person, or the run, says. */
  async say(make: (batch: Batch) => BatchFact | undefined): Promise<void> {
    const saying = this.#writing.then(async () => {
      const { batch, version } = this.#logged
      const fact = make(batch)
      if (!fact) return
      const next = evolve(batch, fact, Date.now())
      const { status } = await this.#options.append(appendOf(next, fact, version))
      if (status !== 'appended')
        throw new IsthmusError('STORE-FAILED', `Batch ${batch.batch} was written by two.`)
      this.#logged = { batch: next, version: version + 1 }
      this.#options.changed(next)
    })
    this.#writing = saying.catch(() => {})
    await saying
    if (this.batch.state === 'running') this.start()
  }

  /** Begins nothing more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#writing
  }

  get #goesOn(): boolean {
    return this.batch.state === 'running' && !this.#stopping.signal.aborted
  }

  async #run(): Promise<void> {
    while (this.#goesOn) {
      try {
        const results = await this.#window()
        if (results.length > 0) await this.#record(results)
      } catch (error) {
        // The store, or the instance, is not there for now.
        await this.#later(error)
      }
    }
  }

  /** What has been done has to be written down; who stops before that finds it out when it starts again. */
  async #record(results: readonly Result[]): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        return await this.say(() => ({ type: 'results', results }))
      } catch (error) {
        await this.#later(error)
      }
    }
  }

  async #later(error: unknown): Promise<void> {
    const { batch } = this.batch
    this.#options.log({
      level: 'warn',
      event: 'batch',
      text: `Batch ${batch} waits: ${reasonOf(error)}`,
      fields: { batch },
    })
    await delay(5_000, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }

  /** Begins the next messages in their order, at the rate, and waits for their ends. */
  async #window(): Promise<Result[]> {
    const { batch, next, stage, stages, rate } = this.batch
    const { done, failed, skipped, size } = stages[stage] as Batch['stages'][number]
    const width = Math.min(size - done - failed - skipped, widest, Math.max(1, Math.ceil(rate)))
    const items = await this.#options.selections.items(batch, next, width)
    const begun = performance.now()
    const under: Promise<Result>[] = []
    for (const [n, item] of items.entries()) {
      const wait = begun + (n * 1000) / rate - performance.now()
      if (wait > 1) await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => {})
      if (!this.#goesOn) break
      const one = this.#one(next + n, item)
      one.catch(() => {})
      under.push(one)
    }
    const results = await unless(this.#stopping.signal, Promise.all(under), [])
    const rest = begun + (under.length * 1000) / rate - performance.now()
    if (rest > 1) await delay(rest, undefined, { signal: this.#stopping.signal }).catch(() => {})
    return results
  }

  async #one(n: number, item: Frozen): Promise<Result> {
    const began = performance.now()
    const { outcome, code, seq } = await (this.batch.do === 'replay'
      ? this.#replay(n, item)
      : this.#decide(item))
    return [n, outcome, Math.round(performance.now() - began), code ?? null, seq ?? null]
  }

  async #decide(item: Frozen): Promise<End & { readonly seq?: number }> {
    const { do: what, by } = this.batch
    const { reader, decisions, following, patience } = this.#options
    const before = await this.#stand(item)
    if (before !== 'as frozen' && before !== 'ours') return { outcome: before }
    const followed = following.follow(item, patience)
    try {
      if (before === 'as frozen')
        await decisions.one(item, { do: what as 'retry', by, why: this.#why, version: item.version })
      const end = before === 'ours' || what === 'discard' ? await endOf(reader, item) : undefined
      return end ?? (await followed.end)
    } catch (error) {
      refusalOf(error)
      return { outcome: 'refused', code: 'CONTROL-REFUSED' }
    } finally {
      followed.forget()
    }
  }

  /** Tells whose decision it was, should the process die before it is recorded here. */
  get #why(): string {
    return `${this.batch.why} (batch ${this.batch.batch})`
  }

  async #stand({ flow, seq, version }: Frozen): Promise<'as frozen' | 'ours' | 'changed' | 'gone'> {
    const { reader } = this.#options
    const mark = `(batch ${this.batch.batch})`
    const [row] = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
    if (row?.seq === seq) {
      if (row.decisions?.some(({ why }) => why?.endsWith(mark))) return 'ours'
      const isAside = row.status === 'parked' || row.status === 'doubt'
      return isAside && rowVersion(row) === version ? 'as frozen' : 'changed'
    }
    const [settled] = await reader.settled({ flow, from: seq, to: seq })
    return settled?.note?.includes(mark) ? 'ours' : 'gone'
  }

  /** The same order twice makes one message. */
  async #replay(n: number, { flow, seq }: Frozen): Promise<End & { readonly seq?: number | undefined }> {
    const { batch, by, why, effects, acceptChanges } = this.batch
    const { reader, replays, following, patience } = this.#options
    const order = { filter: { flow, seq }, effects, by, why, acceptChanges, order: `${batch}/${n}` }
    try {
      const { done } = await replays.run(order)
      const [entry] =
        done[0]?.id === undefined ? [] : await reader.entries({ flow, id: done[0].id, limit: 1 })
      if (!entry) return { outcome: 'refused', code: 'CONTROL-REFUSED' }
      const again = { flow, seq: entry.seq }
      const followed = following.follow(again, patience)
      const end = (await endOf(reader, again)) ?? (await followed.end)
      followed.forget()
      return { ...end, seq: entry.seq }
    } catch (error) {
      refusalOf(error)
      return { outcome: 'refused', code: 'CONTROL-REFUSED' }
    }
  }
}

/** What comes of it, or `otherwise` once the signal is given. */
async function unless<T>(signal: AbortSignal, work: Promise<T>, otherwise: T): Promise<T> {
  work.catch(() => {})
  if (signal.aborted) return otherwise
  const { promise, resolve } = Promise.withResolvers<T>()
  const end = () => resolve(otherwise)
  signal.addEventListener('abort', end, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', end))
}
