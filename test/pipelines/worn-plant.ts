import { Type } from 'typebox'
import { duckdb } from '../../src/connectors/duckdb/index.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { Governor } from '../../src/engine/governance/governor.ts'
import { type Host, realHost } from '../../src/engine/host.ts'
import { Pipelines } from '../../src/engine/pipelines/pipelines.ts'
import type { RunState } from '../../src/engine/pipelines/run-state.ts'
import { extract } from '../../src/flow/pipeline/extraction.ts'
import type { Pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { model } from '../../src/model/model.ts'
import type { Store } from '../../src/store/store.ts'
import type { RequesterChannel } from '../../src/system/channel.ts'
import type { Effect } from '../../src/system/effect.ts'
import type { Requester } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import type { Warehouse, WarehouseRow } from '../../src/system/warehouse.ts'

/** A system that is declared only: the warehouse of a test is given to the engine as it is. */
export const declaredWarehouse = system('dw', {
  kind: 'warehouse',
  connector: duckdb({ file: ':memory:' }),
})

export interface Row {
  readonly no: number
  readonly amount: string
  readonly changed: string
}

export interface Question {
  readonly behind: number
  readonly since: string
}

/** What the system is asked for, and answers; each test says how. */
export const rowsChannel = {
  role: 'requester',
  system: 'shop',
  name: 'rows',
  model: model('Question', { version: 1, schema: Type.Any() }),
  answer: model('Answer', { version: 1, schema: Type.Any() }),
  effect: { kind: 'read' },
} as unknown as RequesterChannel<Question, readonly Row[], Effect<'read'>>

export const pageSize = 3

/** Rows page by page, and only what changed. */
export const changedRows = () =>
  extract(rowsChannel, {
    request: ({ since = '' }) => ({ behind: 0, since }),
    rows: rows => rows,
    next: (rows, { since }) => (rows.length < pageSize ? undefined : { behind: rows.at(-1)?.no ?? 0, since }),
    mark: row => row.changed,
  })

/** Answers from rows as they are at that moment. */
export function answering(rows: () => readonly unknown[]): Requester {
  return {
    async ask(items) {
      const [{ behind, since }] = items.map(({ data }) => data as Question) as [Question]
      const found = (rows() as Row[]).filter(row => row.no > behind && row.changed > since)
      return [{ ok: true, result: found.slice(0, pageSize) }] as never
    },
  }
}

/** Where a process is stopped for ever: at the n-th thing that it makes durable, before or behind that. */
export interface Stop {
  readonly at: number
  readonly behind: boolean
}

export interface Worn {
  readonly pipelines: Pipelines
  readonly events: EngineEvent[]
  readonly fatal: unknown[]
  /** Resolves when the process has come to its stop. */
  readonly stopped: Promise<void>
  over(pipeline: string, key: string): Promise<RunState>
}

interface WornOptions {
  readonly pipelines: readonly Pipeline[]
  readonly store: Store
  readonly token: number
  readonly warehouse: Warehouse
  readonly requester: Requester
  readonly stop?: Stop | undefined
  readonly host?: Host | undefined
}

/** The pipelines of one process, which may be stopped like by `kill -9`, over a store and a warehouse that live on. */
export function startProcess(options: WornOptions): Worn {
  const { stop, warehouse, store, token, requester, host = realHost() } = options
  const killed = new AbortController()
  let done = 0
  const stopped = new Promise<void>(resolve => killed.signal.addEventListener('abort', () => resolve()))
  const never = () => new Promise<never>(() => {})
  const durable = async <T>(work: () => Promise<T>): Promise<T> => {
    if (killed.signal.aborted) return await never()
    const isLast = ++done === stop?.at
    if (isLast && !stop?.behind) killed.abort()
    const result = killed.signal.aborted
      ? undefined
      : await work().catch(error => (killed.signal.aborted ? never() : Promise.reject(error)))
    if (isLast) killed.abort()
    return killed.signal.aborted ? await never() : (result as T)
  }
  const until = (signal: AbortSignal) => AbortSignal.any([signal, killed.signal])
  const worn: Warehouse = {
    dialect: warehouse.dialect,
    run: (statements, signal) => durable(() => warehouse.run(statements, until(signal))),
    append: (table, columns, batches, signal) =>
      durable(() => warehouse.append(table, columns, batches, until(signal))),
    query: (sql, signal) => warehouse.query(sql, until(signal)),
  }
  const events: EngineEvent[] = []
  const fatal: unknown[] = []
  const governor = new Governor('shop', {}, host, () => {})
  governor.unreachable = undefined
  governor.start()
  const pipelines = new Pipelines({
    pipelines: options.pipelines,
    store: { ...store, append: (appends, by) => durable(() => store.append(appends, by)) },
    token,
    host,
    watch: event => void events.push(event),
    onFatal: error => void fatal.push(error),
    warehouse: () => worn,
    role: () => requester,
    governor: () => governor,
  })
  return {
    pipelines,
    events,
    fatal,
    stopped,
    async over(pipeline, key) {
      while (!killed.signal.aborted) {
        const state = await pipelines.state(pipeline, key)
        if (state && state.status !== 'running') return state
        await new Promise(resolve => setTimeout(resolve, 2))
      }
      return await never()
    },
  }
}

export async function rowsIn(warehouse: Warehouse, sql: string): Promise<WarehouseRow[]> {
  return (await Array.fromAsync(warehouse.query(sql, new AbortController().signal))).flat()
}
