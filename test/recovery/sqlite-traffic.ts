import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BatchWriter } from '../../src/store/sqlite/batch.ts'
import { Reader } from '../../src/store/sqlite/reader.ts'
import { openReader } from '../../src/store/sqlite/schema.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import type { Outcome } from '../../src/store/sqlite/wire.ts'
import { Writer } from '../../src/store/sqlite/writer.ts'
import type { Entry, NewMessage, Settlement } from '../../src/store/store.ts'

/** The `n`-th message of the tests: everything of it follows from `n`. */
export function messageOf(n: number): NewMessage {
  const body = Buffer.alloc(n % 40 === 0 ? 6000 : 40 + (n % 60), `body ${n} `)
  return {
    flows: [{ flow: 'orders', partition: 0, key: `key-${n % 5}` }],
    id: `id-${n}`,
    head: { source: 'mes', type: 'consumed', time: n, subject: `subject ${n}`, contentType: 'text/plain' },
    body,
    acceptedAt: 1_700_000_000_000 + n,
    identity: `mes/${n}`,
  }
}

/** Every fourth message goes on later, the others have ended. */
export function settlementOf(n: number, seq: number, token: number): Settlement {
  const row = { seq, key: `key-${n % 5}`, status: 'parked', attempts: 1, crashes: 0, since: n } as const
  const unfinished = n % 4 === 0 ? [row] : []
  const settled = n % 4 === 0 ? [] : [{ seq, outcome: 'delivered', at: n, attempts: 1 } as const]
  return { flow: 'orders', partition: 0, token, cursor: 0, settled, unfinished }
}

/** Everything the store says, read without claiming it. Throws what a damaged store throws. */
export interface Contents {
  readonly entries: readonly Entry[]
  readonly settled: readonly number[]
  readonly unfinished: readonly number[]
}

export function contentsOf(directory: string): Contents {
  const db = openReader(join(directory, 'journal.db'))
  try {
    const reader = new Reader(db)
    const all: Entry[] = []
    for (const { flow, head, entries } of reader.flows()) {
      const found = reader.entries({ flow, limit: 1_000_000 })
      assert.equal(found.length, entries)
      assert.equal(found.length, head)
      all.push(...found)
    }
    return {
      entries: all,
      settled: reader.settled({ flow: 'orders', from: 1, to: 1_000_000 }).map(each => each.seq),
      unfinished: reader.unfinished({ flow: 'orders', limit: 1_000_000 }).map(each => each.seq),
    }
  } finally {
    db.close()
  }
}

/** The number of the message, after checking that it is just as it was sent. */
export function numberOf(entry: Entry): number {
  const n = Number(entry.id.slice(3))
  const { flows, identity, ...sent } = messageOf(n)
  const { seq, ...got } = entry
  assert.deepEqual({ ...got, body: Buffer.from(got.body) }, { ...flows[0], ...sent })
  return n
}

/**
 * What must hold after any crash: what was acknowledged is there, each message once and unchanged, at most
 * `unanswered` more, the store is sound, knows what it has accepted, and accepts again.
 */
export function requireRecovered(
  directory: string,
  said: { readonly accepted: readonly number[]; readonly settled: readonly number[] },
  unanswered: number,
): void {
  const accepted = said.accepted.filter(n => n < 1_000_000)
  const sent = Array.from({ length: Math.max(0, ...accepted) + unanswered + 1 }, (_, n) => messageOf(n + 1))
  const before = readable(directory) ? contentsOf(directory) : undefined
  const writer = new Writer({ directory, ballastBytes: 4096 }, 'after', 'here')
  try {
    const { entries, settled, unfinished } = before ?? contentsOf(directory)
    assert.deepEqual(verifySqliteStore(directory), [])
    const present = entries.map(numberOf)
    assert.equal(new Set(present).size, present.length, 'a message is there twice')
    for (const n of accepted) assert.ok(present.includes(n), `message ${n} was acknowledged and is lost`)
    assert.ok(
      present.length <= accepted.length + unanswered,
      `${present.length} messages, ${accepted.length} were sent`,
    )
    const done = [...settled, ...unfinished]
    assert.equal(new Set(done).size, done.length, 'a message is ended and unfinished')
    for (const n of said.settled)
      assert.ok(done.includes((present.indexOf(n) ?? -1) + 1), `what became of ${n} is lost`)
    const statuses = acceptAll(writer, sent)
    for (const [index, message] of sent.entries()) {
      const known = present.includes(index + 1)
      assert.equal(statuses.get(index), known ? 'duplicate' : undefined, `the identity of ${message.id}`)
    }
    assert.equal(contentsOf(directory).entries.length, sent.length)
  } finally {
    writer.close('clean')
  }
}

/** The status of those that were not accepted, by index. */
export function acceptAll(writer: Writer, messages: readonly NewMessage[]): Map<number, string> {
  const batch = new BatchWriter()
  batch.addAccept(messages, undefined)
  const { calls, buffer } = batch.take(0)
  const [answer] = writer.run(calls.map((call, number) => ({ number, call, buffer })))
  const { repeated } = (answer as { value: Outcome }).value
  return new Map(repeated.map(each => [each.index, each.status]))
}

/** Whether there is a database to read at all: a crash may have come before. */
function readable(directory: string): boolean {
  try {
    const db = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true })
    const row = db.prepare("select 1 from sqlite_schema where name = 'journal'").get()
    db.close()
    return row !== undefined
  } catch {
    return false
  }
}
