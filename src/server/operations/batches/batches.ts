import type { StoreReader } from '../../../store/store.ts'
import { refused } from '../deciding.ts'
import type { Classes } from '../failures/classes.ts'
import type { BatchOperations } from '../operations.ts'
import {
  appendOf,
  isOver,
  kind,
  type Logged,
  newBatch,
  type Result,
  readBatch,
  readResults,
} from './batch-log.ts'
import { BatchRun, type BatchRunOptions } from './batch-run.ts'
import type {
  Batch,
  BatchDecision,
  BatchOrder,
  Item,
  ItemPage,
  ItemsQuery,
  Selection,
  SelectionOrder,
} from './batch-schemas.ts'
import type { Frozen, Selections } from './selections.ts'

export interface BatchesOptions extends BatchRunOptions {
  readonly classes: Classes
  /** Throws CONTROL-REFUSED where no instance runs that would work off a batch. */
  mustRun(): void
}

const listed = 50

export class Batches implements BatchOperations {
  readonly #options: BatchesOptions
  readonly #selections: Selections
  readonly #reader: StoreReader
  /** Those that are not over. */
  readonly #runs = new Map<string, BatchRun>()
  #starting: Promise<unknown> = Promise.resolve()

  constructor(options: BatchesOptions) {
    this.#options = options
    this.#selections = options.selections
    this.#reader = options.reader
  }

  /** Goes on with what an earlier process left. */
  async resume(): Promise<void> {
    for await (const { key } of this.#heads(true)) {
      const logged = await readBatch(this.#reader, key)
      if (logged && !isOver(logged.batch) && !this.#runs.has(key)) this.#take(logged)
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(run => run.stop()))
  }

  select(
    order: SelectionOrder,
    by: string,
    mayFlow: (flow: string) => boolean = () => true,
  ): Promise<Selection> {
    return this.#selections.freeze(order, by, mayFlow)
  }

  selection(id: string): Promise<Selection> {
    return this.#selections.show(id)
  }

  async items(id: string, { after = 0, limit = 100 }: ItemsQuery): Promise<ItemPage> {
    const { count } = await this.#selections.show(id)
    const frozen = await this.#selections.items(id, after, limit)
    const results = await readResults(this.#reader, id)
    const items = await Promise.all(
      frozen.map((each, n) => this.#item(each, after + n, results.get(after + n))),
    )
    const next = after + frozen.length
    return { items, next: next < count && frozen.length > 0 ? next : undefined }
  }

  start(order: BatchOrder, by: string): Promise<Batch> {
    const starting = this.#starting.then(() => this.#start(order, by))
    this.#starting = starting.catch(() => {})
    return starting
  }

  async show(id: string): Promise<Batch> {
    const found = this.#runs.get(id)?.batch ?? (await readBatch(this.#reader, id))?.batch
    if (found) return found
    throw refused(`There is no batch ${id}.`, 404)
  }

  async list(): Promise<Batch[]> {
    const batches = [...this.#runs.values()].map(({ batch }) => batch)
    for await (const { snapshot } of this.#heads(false)) {
      const batch = snapshot?.data as unknown as Batch
      if (batch && !this.#runs.has(batch.batch)) batches.push(batch)
    }
    return batches.sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.at - a.at).slice(0, listed)
  }

  async decide(id: string, decision: BatchDecision, by: string): Promise<Batch> {
    this.#options.mustRun()
    const run = this.#runs.get(id)
    if (!run) throw refused(`Batch ${(await this.show(id)).batch} is over.`)
    const { do: what, why, stage } = decision
    await run.say(batch => {
      if (isOver(batch)) throw refused(`Batch ${id} is over.`)
      if (what === 'abort') return { type: 'aborted', by, why }
      if (what === 'pause') return batch.state === 'running' ? { type: 'paused', by, why } : undefined
      const isMeant = stage === undefined || stage === meantStage(batch)
      return batch.state !== 'running' && isMeant ? { type: 'went', by } : undefined
    })
    return run.batch
  }

  async #start(order: BatchOrder, by: string): Promise<Batch> {
    this.#options.mustRun()
    const selection = await this.#selections.show(order.selection)
    const known = await readBatch(this.#reader, order.selection)
    if (known) return sameOrder(known.batch, order)
    if (selection.state === 'expired') throw refused('The selection is a day old. Make it anew.', 410)
    if ((order.do === 'replay') !== (selection.of === 'ended'))
      throw refused(
        'Messages that have ended are replayed; those set aside are retried, confirmed or discarded.',
        400,
      )
    const batch = newBatch(order, selection, by, Date.now())
    const { status } = await this.#options.append(appendOf(batch, { type: 'begun', by, why: order.why }, 0))
    if (status !== 'appended') throw refused('The selection has just been used.')
    return this.#take({ batch, version: 1 }).batch
  }

  #take(logged: Logged): BatchRun {
    const run = new BatchRun(logged, {
      ...this.#options,
      changed: batch => {
        this.#options.changed(batch)
        if (isOver(batch)) this.#runs.delete(batch.batch)
      },
    })
    this.#runs.set(logged.batch.batch, run)
    this.#options.changed(logged.batch)
    if (logged.batch.state === 'running') run.start()
    return run
  }

  async *#heads(open: boolean) {
    for (let after: { kind: string; key: string } | undefined; ; ) {
      const heads = await this.#reader.streams.heads({ kind, ...(open && { open }), after, limit: 500 })
      yield* heads
      const last = heads.at(-1)
      if (!last || heads.length < 500) return
      after = last
    }
  }

  async #item({ flow, seq }: Frozen, n: number, result: Result | undefined): Promise<Item> {
    const [entry] = await this.#reader.entries({ flow, seqs: [seq], limit: 1, bytes: 1 })
    const [row] = await this.#reader.unfinished({ flow, after: seq - 1, limit: 1 })
    const own = row?.seq === seq ? row : undefined
    const [settled] = own ? [] : await this.#reader.settled({ flow, from: seq, to: seq })
    return {
      n: n + 1,
      flow,
      seq,
      key: entry ? await this.#options.classes.shownKey(flow, entry) : '',
      state: own?.status ?? settled?.outcome ?? (entry ? 'waiting' : 'retired'),
      code: own?.error?.code,
      step: own?.error?.step,
      attempts: own?.attempts ?? settled?.attempts ?? 0,
      since: own?.since ?? settled?.at,
      result: result && {
        outcome: result[1],
        ms: result[2],
        code: result[3] ?? undefined,
        seq: result[4] ?? undefined,
      },
    }
  }
}

/** The stage that a go begins, or goes on with. */
function meantStage({ stage, stages }: Batch): number {
  return stages[stage]?.ended === undefined ? stage : Math.min(stage + 1, stages.length - 1)
}

function sameOrder(batch: Batch, order: BatchOrder): Batch {
  if (batch.do === order.do) return batch
  throw refused(`This selection has been used to ${batch.do} its messages. Make another one.`)
}
