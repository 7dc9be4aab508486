import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import type { Unfinished, UnfinishedEntry, UnfinishedQuery } from '../store.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, toStored } from './stored-text.ts'

type Status = Unfinished['status']
export const statuses: readonly Status[] = ['retrying', 'held', 'parked', 'doubt', 'running']

const columns = 'pos, status, key, partition, data, crc'

/** The rows of table `unfinished`: messages that were begun and go on later. `data` is the JSON of the rest. */
export class UnfinishedRows {
  readonly #db: DatabaseSync
  readonly #statuses: StatementSync
  readonly #statusesOf: StatementSync
  readonly #first: StatementSync
  readonly #put: StatementSync | undefined
  readonly #remove: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    this.#db = db
    const between = `select ${columns} from unfinished where pos >= ? and pos <= ?`
    this.#statuses = db.prepare(between)
    this.#statusesOf = db.prepare(`${between} and partition = ?`)
    this.#first = db.prepare(
      'select min(pos) as pos from unfinished where status = ? and pos > ? and pos <= ?',
    )
    if (access === 'read') return
    this.#put = db.prepare(`replace into unfinished (${columns}) values (?, ?, ?, ?, ?, ?)`)
    this.#remove = db.prepare('delete from unfinished where pos = ?')
  }

  /** Of one partition, or of all. */
  statuses(flow: FlowRow, from: number, to: number, partition?: number): Map<number, Status> {
    if (statuses.every(status => flow[status] === 0)) return new Map()
    const base = basePos(flow)
    const rows =
      partition === undefined
        ? this.#statuses.all(base + from, base + to)
        : this.#statusesOf.all(base + from, base + to, partition)
    const read = rows.map(row => undamaged(flow, row))
    return new Map(read.map(({ pos, status }) => [pos - base, status]))
  }

  /** The lowest `seq` with this status. */
  first(flow: FlowRow, status: Status): number | undefined {
    if (flow[status] === 0) return undefined
    const pos = this.#first.get(status, basePos(flow), basePos(flow) + flow.head)?.pos
    if (typeof pos !== 'number')
      throw damaged('unfinished', `a row (${status}) is missing`, { flow: flow.name })
    return pos - basePos(flow)
  }

  find(flow: FlowRow, query: UnfinishedQuery): UnfinishedEntry[] {
    const { status, partitions, key, after = 0, limit } = query
    const conditions = [
      status && ` and status in (${status.map(() => '?').join(', ')})`,
      partitions && ` and partition in (${partitions.map(() => '?').join(', ')})`,
      key !== undefined && ' and key = ?',
    ]
    const wanted = conditions.filter(each => each).join('')
    const sql = `select ${columns} from unfinished where pos > ? and pos <= ?${wanted}`
    const values: SQLInputValue[] = [basePos(flow) + after, basePos(flow) + flow.head]
    values.push(...(status ?? []), ...(partitions ?? []))
    if (key !== undefined) values.push(toStored(key))
    const rows = this.#db.prepare(`${sql} order by pos limit ?`).all(...values, limit)
    if (wanted === '' && after === 0 && rows.length < limit) requireAll(flow, rows.length)
    return rows.map(row => unpack(flow, row))
  }

  put(flow: FlowRow, partition: number, row: Unfinished): void {
    const { seq, key, status, ...rest } = row
    const pos = basePos(flow) + seq
    const data = JSON.stringify(rest)
    const sum = checksum([pos, status, key, partition, data])
    this.#put?.run(pos, status, toStored(key), partition, data, sum)
  }

  remove(flow: FlowRow, seq: number): void {
    this.#remove?.run(basePos(flow) + seq)
  }
}

function requireAll(flow: FlowRow, count: number): void {
  const counted = statuses.reduce((sum, status) => sum + flow[status], 0)
  if (count !== counted)
    throw damaged('unfinished', `${counted} rows are counted, ${count} are there`, { flow: flow.name })
}

interface Row {
  readonly pos: number
  readonly status: Status
  readonly key: StoredText
  readonly partition: number
  readonly data: string
}

function undamaged(flow: FlowRow, row: Record<string, unknown>): Row {
  const { pos, status, key, partition, data } = row as unknown as Row
  if (checksum([pos, status, fromStored(key), partition, data]) !== row.crc)
    throw damaged('unfinished', 'the checksum does not fit', { flow: flow.name, seq: pos - basePos(flow) })
  return { pos, status, key, partition, data }
}

function unpack(flow: FlowRow, row: Record<string, unknown>): UnfinishedEntry {
  const { pos, status, key, partition, data } = undamaged(flow, row)
  const rest = JSON.parse(data) as Omit<Unfinished, 'seq' | 'key' | 'status'>
  return { seq: pos - basePos(flow), key: fromStored(key), status, partition, ...rest }
}
