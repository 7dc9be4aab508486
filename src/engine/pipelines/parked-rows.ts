import { type Column, quotedText, type Warehouse } from '../../system/warehouse.ts'
import type { RowsRead } from './reading-query.ts'
import type { ParkedRow } from './rows.ts'

const columns: readonly Column[] = [
  { name: 'id', type: 'text', required: true },
  { name: 'pipeline', type: 'text', required: true },
  { name: 'table_name', type: 'text', required: true },
  { name: 'run', type: 'text', required: true },
  { name: 'row_no', type: 'integer', required: true },
  { name: 'code', type: 'text', required: true },
  { name: 'reason', type: 'text', required: true },
  { name: 'step', type: 'text', required: true },
  { name: 'data', type: 'json', required: false },
  { name: 'state', type: 'text', required: true },
]

/** Where rows go that cannot be loaded. */
export interface Aside {
  /** Before the first row. */
  clear(): Promise<void>
  add(row: ParkedRow): void
  /** Writes what there is, once it is worth it; at the end, all. */
  flush(how?: 'all'): Promise<void>
}

/** Rows that are written together. */
const atOnce = 1000

/** Whose rows they are: `run` is the key of the run, `id` that of its attempt. */
export interface ParkedPlace {
  readonly pipeline: string
  readonly table: string
  readonly run: string
  readonly id: string
}

/** The rows of one task that are set aside. They stand in the warehouse at once, published or not. */
export class ParkedRows implements Aside {
  readonly #place: ParkedPlace
  readonly #warehouse: Warehouse
  readonly #signal: AbortSignal
  #rows: ParkedRow[] = []

  constructor(place: ParkedPlace, warehouse: Warehouse, signal: AbortSignal) {
    this.#place = place
    this.#warehouse = warehouse
    this.#signal = signal
  }

  /** Forgets those of an earlier try of this task. Those of an earlier attempt count until this one is published. */
  async clear(): Promise<void> {
    const { id, table } = this.#place
    await this.#warehouse.run([`${forgetting(id)} and table_name = ${quotedText(table)}`], this.#signal)
  }

  add(row: ParkedRow): void {
    this.#rows.push(row)
  }

  async flush(how?: 'all'): Promise<void> {
    if (this.#rows.length === 0 || (how === undefined && this.#rows.length < atOnce)) return
    const rows = this.#rows.splice(0)
    const { pipeline, table, run, id } = this.#place
    const cells = rows.map(({ row, step, code, reason, data }) => [
      `${id}-${table}-${row}`,
      ...[pipeline, table, run, row, code, plain(reason), step, whole(data), 'parked'],
    ])
    const batches = (async function* () {
      yield cells
    })()
    await this.#warehouse.append('isthmus.parked_rows', columns, batches, this.#signal)
  }
}

type Place = Omit<ParkedPlace, 'id'>

function placed({ pipeline, run, table }: Place): string {
  return `pipeline = ${quotedText(pipeline)} and run = ${quotedText(run)} and table_name = ${quotedText(table)}`
}

/** Those that wait for something; what people have done with others stays on record. */
const open = `state in ('parked', 'fixed', 'repairing')`

const ofAttempt = (id: string) => `strpos(id, ${quotedText(`${id}-`)}) = 1`

/** A reason may quote what no database takes. */
const plain = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD')

/** As it came, but for halves of characters, which nobody could read again. */
function whole(data: unknown): unknown {
  const text = JSON.stringify(data)
  if (!text?.includes('\\ud')) return data
  return JSON.parse(
    text.replace(/\\(ud[89a-f][0-9a-f]{2}|.)/g, (all, code) => (code.length > 1 ? '\uFFFD' : all)),
  )
}

/**
 * The rows of a run that were set aside, on their way once more: as a person has mended them, or as they were, where it
 * was the steps that were mended. Nobody mends them meanwhile. Those that fail again stay set aside, with the new reason.
 */
export class RepairedRows implements Aside {
  readonly #place: Place
  readonly #warehouse: Warehouse
  readonly #signal: AbortSignal
  readonly #ids: string[] = []
  #failed: Omit<ParkedRow, 'data'>[] = []

  constructor(place: Place, warehouse: Warehouse, signal: AbortSignal) {
    this.#place = place
    this.#warehouse = warehouse
    this.#signal = signal
  }

  async clear(): Promise<void> {
    const sql = `update isthmus.parked_rows set state = 'repairing' where ${placed(this.#place)} and ${open}`
    await this.#warehouse.run([sql], this.#signal)
  }

  async *rows(): AsyncGenerator<RowsRead> {
    const where = `${placed(this.#place)} and state = 'repairing'`
    const sql = `select id, data, fixed from isthmus.parked_rows where ${where} order by row_no, id`
    for await (const batch of this.#warehouse.query(sql, this.#signal)) {
      for (const { id } of batch) this.#ids.push(String(id))
      yield { rows: batch.map(({ data, fixed }) => fixed ?? data) }
    }
  }

  add({ row, step, code, reason }: ParkedRow): void {
    this.#failed.push({ row, step, code, reason })
  }

  async flush(how?: 'all'): Promise<void> {
    if (how === undefined) return
    const failed = this.#failed.splice(0)
    const statements: string[] = []
    for (let at = 0; at < failed.length; at += atOnce) {
      const values = failed.slice(at, at + atOnce).map(({ row, code, reason, step }) => {
        const cells = [this.#ids[row - 1] ?? '', code, plain(reason), step]
        return `(${cells.map(quotedText).join(', ')})`
      })
      statements.push(`update isthmus.parked_rows as p set state = 'parked', code = v.code, reason = v.reason, step = v.step
        from (values ${values.join(', ')}) as v(id, code, reason, step) where p.id = v.id`)
    }
    if (statements.length > 0) await this.#warehouse.run(statements, this.#signal)
  }
}

/** Belongs into the transaction that publishes them. */
export function repaired(place: Place): string {
  return `update isthmus.parked_rows set state = 'repaired' where ${placed(place)} and state = 'repairing'`
}

/** Where their repair is given up. */
export function releasing(place: Place): string {
  return `update isthmus.parked_rows set state = case when fixed is null then 'parked' else 'fixed' end
    where ${placed(place)} and state = 'repairing'`
}

/** Belongs into the transaction that publishes an attempt: the rows of earlier ones do not count any more. */
export function replacing({ pipeline, run, id }: Omit<ParkedPlace, 'table'>): string {
  return `delete from isthmus.parked_rows where pipeline = ${quotedText(pipeline)} and run = ${quotedText(run)}
    and ${open} and not ${ofAttempt(id)}`
}

/** Where an attempt, or a try of a task, is given up. */
export function forgetting(id: string): string {
  return `delete from isthmus.parked_rows where ${ofAttempt(id)} and ${open}`
}
