import { createPublicKey, type KeyObject } from 'node:crypto'
import type { StreamReader } from '../../../store/streams.ts'
import { type AuditRecord, auditKind, hashOf, readRecord } from './audit-record.ts'
import { isSignedBy, nodeOf, type SignedHead } from './signed-heads.ts'

/** What is wrong at one place of a chain. */
export interface AuditBreak {
  readonly node: string
  readonly no: number
  readonly reason: string
}

export interface AuditProof {
  readonly nodes: readonly {
    readonly node: string
    readonly records: number
    /** Asked for, and not known what came of it: the process ended, or the audit could not be written. */
    readonly open: number
  }[]
  /** Heads that were told outside, and are found again in the chains. */
  readonly heads: number
  readonly broken: readonly AuditBreak[]
}

export interface Witness {
  readonly heads: readonly SignedHead[]
  /** PEM. Heads are believed only if one of these keys signed them. */
  readonly keys: readonly string[]
}

const page = 500

/**
 * Follows the chain of every node from its first record to its last. A record that was changed, removed, added or moved breaks
 * it; the end, which can be cut off without a trace in the chain itself, must reach every head that was told outside, and
 * be the same there: who forges the whole chain anew cannot forge those.
 */
export async function verifyAudit(streams: StreamReader, witness?: Witness): Promise<AuditProof> {
  const broken: AuditBreak[] = []
  const nodes: { node: string; records: number; open: number }[] = []
  const heads = believed(witness, broken)
  for (const { key: node } of await streams.heads({ kind: auditKind, limit: 10_000 })) {
    const wanted = new Map(heads.filter(head => head.node === node).map(head => [head.no, head.hash]))
    const walk = new Walk(node, wanted, broken)
    for await (const record of recordsOf(streams, node)) walk.add(record)
    nodes.push(walk.end())
  }
  for (const head of heads)
    if (!nodes.some(({ node }) => node === head.node))
      broken.push({ node: head.node, no: head.no, reason: 'the whole chain is gone' })
  return { nodes, heads: heads.length, broken }
}

export async function* recordsOf(streams: StreamReader, node: string): AsyncGenerator<AuditRecord> {
  for (let after = 0; ; ) {
    const events = await streams.events({ kind: auditKind, key: node, after, limit: page })
    for (const event of events) yield readRecord(event)
    after += events.length
    if (events.length < page) return
  }
}

/** What is wrong with a record, if something is; `prev` is the hash of the one before it. */
export function breakOf(record: AuditRecord, prev: string): string | undefined {
  if (record.prev !== prev) return 'it does not follow the record before it: one was removed, added or moved'
  if (hashOf(record) !== record.hash) return 'it was changed'
  return undefined
}

class Walk {
  readonly #node: string
  readonly #wanted: Map<number, string>
  readonly #broken: AuditBreak[]
  readonly #open = new Set<string>()
  #prev = ''
  #records = 0

  constructor(node: string, wanted: Map<number, string>, broken: AuditBreak[]) {
    this.#node = node
    this.#wanted = wanted
    this.#broken = broken
  }

  add(record: AuditRecord): void {
    const { no, hash, operation, phase } = record
    const reason = breakOf(record, this.#prev)
    if (reason !== undefined) this.#report(no, reason)
    const told = this.#wanted.get(no)
    if (told !== undefined && told !== hash)
      this.#report(no, 'it is another one than when its hash was signed: the chain was written anew')
    this.#wanted.delete(no)
    if (phase === 'asked') this.#open.add(operation)
    else this.#open.delete(operation)
    this.#prev = hash
    this.#records++
  }

  end() {
    for (const no of this.#wanted.keys()) this.#report(no, 'it was signed, and is gone: the end was cut off')
    return { node: this.#node, records: this.#records, open: this.#open.size }
  }

  #report(no: number, reason: string): void {
    this.#broken.push({ node: this.#node, no, reason })
  }
}

function believed(witness: Witness | undefined, broken: AuditBreak[]): readonly SignedHead[] {
  if (!witness) return []
  const keys = new Map<string, KeyObject>()
  for (const pem of witness.keys) {
    const key = createPublicKey(pem)
    keys.set(nodeOf(key), key)
  }
  return witness.heads.filter(head => {
    const key = keys.get(head.node)
    if (key && isSignedBy(key, head)) return true
    const reason = key
      ? 'its head is not signed by its key'
      : 'its head is signed by a key that was not given'
    broken.push({ node: head.node, no: head.no, reason })
    return false
  })
}
