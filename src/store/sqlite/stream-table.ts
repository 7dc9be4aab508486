import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { SnapshotRow, StreamRow } from '../stream-chain.ts'
import { damagedStream, headOf } from '../stream-chain.ts'
import type { StreamHead, StreamName, StreamQuery } from '../streams.ts'
import { toStored } from './stored-text.ts'
import { nameHash, rowsOf, streamColumns, streamOf } from './stream-rows.ts'

/** Finds the rows of table `streams` and their snapshots; each is checked. */
export class StreamTable {
  readonly #db: DatabaseSync
  readonly #byName: StatementSync
  readonly #byHash: StatementSync
  readonly #snapshot: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#byName = db.prepare(`select ${streamColumns} from streams where kind = ? and key = ?`)
    this.#byHash = db.prepare(`select ${streamColumns} from streams where hash = ?`)
    this.#snapshot = db.prepare('select version, data, crc as checksum from snapshots where stream = ?')
  }

  byName(name: StreamName): StreamRow | undefined {
    const [row] = rowsOf(this.#byName, toStored(name.kind), toStored(name.key))
    const found = row && streamOf(row)
    if (found !== undefined && isCalled(found, name)) return found
    // A damaged name is not found by its name: before a stream is said not to exist, it is looked for otherwise.
    if (found !== undefined || this.#withHash(name)) throw damagedStream(name, 'it is not found by its name')
    return undefined
  }

  /** The streams asked for, without their snapshots. */
  find({ kind, states, open, after, limit }: StreamQuery): StreamRow[] {
    if (states?.length === 0) return []
    const values: SQLInputValue[] = []
    const is = (value: SQLInputValue) => {
      values.push(value)
      return '?'
    }
    const one = (state?: string) => {
      const index = state !== undefined ? 'streams_state' : open === true ? 'streams_open' : 'streams_name'
      const where = [
        ...(state === undefined ? [] : [`state = ${is(toStored(state))}`]),
        ...(open === undefined ? [] : [`open = ${open ? 1 : 0}`]),
        ...(kind === undefined ? [] : [`kind = ${is(toStored(kind))}`]),
        ...(after === undefined ? [] : [behind(after, kind, is)]),
      ]
      const filter = where.length === 0 ? '' : ` where ${where.join(' and ')}`
      return `select * from (select ${streamColumns} from streams indexed by ${index}${filter}
        order by kind, key limit ${is(limit)})`
    }
    const parts = states === undefined ? [one()] : [...new Set(states)].map(one)
    const statement = this.#db.prepare(`${parts.join(' union all ')} order by kind, key limit ${is(limit)}`)
    return rowsOf(statement, ...values).map(streamOf)
  }

  headOf(row: StreamRow): StreamHead {
    const [snapshot] = row.snapshot === null ? [] : rowsOf(this.#snapshot, row.no)
    return headOf(row, snapshot as SnapshotRow | undefined)
  }

  #withHash(name: StreamName): boolean {
    return rowsOf(this.#byHash, nameHash(name)).some(row => isCalled(streamOf(row), name))
  }
}

/** Within one kind the index goes on at the key; a comparison of both would walk through what lies before. */
function behind(after: StreamName, kind: string | undefined, is: (value: SQLInputValue) => string): string {
  return after.kind === kind
    ? `key > ${is(toStored(after.key))}`
    : `(kind, key) > (${is(toStored(after.kind))}, ${is(toStored(after.key))})`
}

const isCalled = (a: StreamName, b: StreamName): boolean => a.kind === b.kind && a.key === b.key
