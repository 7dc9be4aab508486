import type { StreamReader } from '../../../store/streams.ts'
import { type AuditRecord, auditKind, readRecord } from './audit-record.ts'
import { breakOf } from './audit-verify.ts'

export interface AuditQuery {
  /** The node whose audit is read. */
  readonly node: string
  readonly actor?: string | undefined
  /** A part of the object's name. */
  readonly object?: string | undefined
  /** The beginning of the action's name. */
  readonly action?: string | undefined
  readonly outcome?: string | undefined
  readonly operation?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Only before this record. */
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

export interface AuditPage {
  /** The newest first. What was asked and what came of it are one row, unless nothing is known to have come. */
  readonly records: readonly (AuditRecord & { readonly open?: boolean })[]
  /** `before` of the next page; absent on the last one. */
  readonly next?: number | undefined
  /** Records among those looked at that break the chain. */
  readonly broken: readonly { readonly no: number; readonly reason: string }[]
}

const window = 500
/** Records looked at for one page: where few fit, a page may have less than was asked for. */
const mostLookedAt = 20_000

/** Reads backwards, and checks the chain as far as it reads. */
export async function readAudit(streams: StreamReader, query: AuditQuery): Promise<AuditPage> {
  const { node, limit = 100 } = query
  const head = await streams.head({ kind: auditKind, key: node })
  const start = Math.min(query.before ?? Number.MAX_SAFE_INTEGER, (head?.version ?? 0) + 1)
  const records: (AuditRecord & { open?: boolean })[] = []
  const broken: { no: number; reason: string }[] = []
  const ended = new Set<string>()
  for (let end = start - 1; end > 0; ) {
    const from = Math.max(0, end - window)
    const loaded = await load(streams, node, from, end)
    for (const [n, record] of loaded.entries()) {
      const earlier = loaded[n + 1]?.hash ?? (record.no === 1 ? '' : undefined)
      const reason = earlier === undefined ? undefined : breakOf(record, earlier)
      if (record.no > from && reason !== undefined) broken.push({ no: record.no, reason })
      if (record.no <= from || !(await isRow(streams, node, record, ended)) || !fits(record, query)) continue
      records.push(record.phase === 'asked' ? { ...record, open: true } : record)
      if (records.length === limit) return { records, broken, next: record.no > 1 ? record.no : undefined }
    }
    end = from
    if (start - end > mostLookedAt && end > 0) return { records, broken, next: end + 1 }
  }
  return { records, broken }
}

/** The newest first, with the one before `from + 1`, to which that is linked. */
async function load(streams: StreamReader, node: string, from: number, end: number): Promise<AuditRecord[]> {
  const after = Math.max(0, from - 1)
  const events = await streams.events({ kind: auditKind, key: node, after, limit: end - after })
  return events.map(readRecord).reverse()
}

/** What was asked is a row only where nothing is known to have come of it. */
async function isRow(
  streams: StreamReader,
  node: string,
  { phase, operation, no }: AuditRecord,
  ended: Set<string>,
): Promise<boolean> {
  if (phase === 'done') {
    ended.add(operation)
    return true
  }
  if (ended.has(operation)) return false
  // Its outcome may stand on an earlier page, not far behind it.
  const later = await streams.events({ kind: auditKind, key: node, after: no, limit: 1_000 })
  return !later.map(readRecord).some(each => each.operation === operation && each.phase === 'done')
}

function fits(record: AuditRecord, query: AuditQuery): boolean {
  const { actor, object, action, outcome, operation, from, to } = query
  return (
    (actor === undefined || record.actor === actor) &&
    (object === undefined || record.object.includes(object)) &&
    (action === undefined || record.action.startsWith(action)) &&
    (outcome === undefined || record.outcome === outcome) &&
    (operation === undefined || record.operation === operation) &&
    (from === undefined || record.at >= from) &&
    (to === undefined || record.at < to)
  )
}

export async function auditNodes(streams: StreamReader) {
  const heads = await streams.heads({ kind: auditKind, limit: 1_000 })
  return heads.map(({ key: node, version: records, began, changed }) => ({ node, records, began, changed }))
}
