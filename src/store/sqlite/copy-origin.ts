import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Json } from '../../message/json-value.ts'
import { checksum } from '../checksum.ts'
import { type CopiedIdentity, contentBytes, type Holdings, type Origin, type Range } from '../copy/ends.ts'
import { identitySum } from './accepting.ts'
import { damaged } from './failure.ts'
import { basePos, FlowTable } from './flow-table.ts'
import { readMark, writeMark } from './relocation.ts'
import { openReader } from './schema.ts'
import { sqliteStore } from './sqlite-store.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored } from './stored-text.ts'
import { readCounts } from './stream-schema.ts'

const page = 5000

/** The store of a data directory, to be copied from, beside its owner or on its own. */
export function sqliteOrigin(directory: string): Origin {
  const store = sqliteStore({ path: directory })
  return {
    place: directory,
    read: store.read,
    holdings: sqliteHoldings(directory),
    mark: async () => readMark(directory),
    setMark: async mark => writeMark(directory, mark),
    close: () => store.close(),
  }
}

/** Each question opens the database for itself; one that takes long sees one moment, or, for identities, several. */
export function sqliteHoldings(directory: string): Holdings {
  const once = async <T>(use: (db: DatabaseSync) => T): Promise<T> => {
    const db = openReader(join(directory, 'journal.db'))
    try {
      return use(db)
    } finally {
      db.close()
    }
  }
  return {
    kept: flow => once(db => keptOf(db, flow)),
    async *identities(since) {
      for (let after: StoredText | null = null; ; ) {
        const rows: readonly Row[] = await once(db => identitiesOf(db, after, since))
        yield rows.map(copied)
        after = rows.at(-1)?.name ?? null
        if (rows.length < page) return
      }
    },
    positions: () => once(db => db.prepare('select source, position, crc from positions').all().map(placed)),
    lastPosition: () => once(db => readCounts(db).position),
  }
}

function keptOf(db: DatabaseSync, name: string): Range[] {
  const flow = new FlowTable(db, 'read').byName(name)
  if (flow === undefined) return []
  const base = basePos(flow)
  const rows = db.prepare('select pos, last from journal where pos > ? and pos <= ? order by pos')
  const ranges: [number, number][] = []
  for (const { pos, last } of rows.iterate(base, base + flow.head)) {
    const [first, end] = [Number(pos) - base, Number(last) - base]
    const before = ranges.at(-1)
    if (before !== undefined && before[1] === first - 1) before[1] = end
    else ranges.push([first, end])
  }
  return ranges
}

interface Row {
  readonly name: StoredText
  readonly content: string
  readonly id: StoredText
  readonly at: number
  readonly crc: number
}

function identitiesOf(db: DatabaseSync, after: StoredText | null, since: number): Row[] {
  const behind = after === null ? '?1 is null' : 'name > ?1'
  const text = `select name, content, id, at, crc from identities where ${behind} and at >= ?2 order by name limit ${page}`
  return db.prepare(text).all(after, since) as unknown as Row[]
}

function copied({ name, content, id: stored, at, crc }: Row): CopiedIdentity {
  const id = fromStored(stored)
  if (identitySum(name, id, at, content) !== crc)
    throw damaged('identities', `the checksum of a row does not fit (message id ${id})`)
  // 4 characters of base64 are 3 bytes.
  const bytes = Buffer.from(content.slice(0, (contentBytes / 3) * 4), 'base64url')
  return { name, content: bytes, id, at }
}

function placed(row: Record<string, unknown>): { source: string; position: Json } {
  const source = fromStored(row.source as StoredText)
  const json = String(row.position)
  if (checksum([source, json]) !== row.crc)
    throw damaged('positions', `the checksum of source ${source} does not fit`)
  return { source, position: JSON.parse(json) as Json }
}
