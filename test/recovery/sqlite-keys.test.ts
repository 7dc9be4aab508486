import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { KeyFinder } from '../../src/store/sqlite/finding.ts'
import { FlowTable } from '../../src/store/sqlite/flow-table.ts'
import { openReader } from '../../src/store/sqlite/schema.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import { packedSettlement } from '../../src/store/sqlite/wire.ts'
import { Writer } from '../../src/store/sqlite/writer.ts'
import type { FindQuery, Found } from '../../src/store/store.ts'
import { inTemporary } from './sqlite-processes.ts'
import { acceptAll, messageOf, settlementOf } from './sqlite-traffic.ts'

const options = (directory: string) => ({ directory, ballastBytes: 4096 })
const run = 16_384
const count = 2 * run + 500

/** Two runs and some messages behind them; every third of flow `other`, and every key comes twice. */
function fill(writer: Writer, from = 1, to = count): void {
  for (let first = from; first <= to; first += 1000) {
    const part = Array.from({ length: Math.min(1000, to - first + 1) }, (_, n) => numbered(first + n))
    acceptAll(writer, part)
    writer.maintain(false)
  }
}

function numbered(n: number) {
  const message = messageOf(n)
  const flow = n % 3 === 0 ? 'other' : (message.flows[0]?.flow ?? '')
  return { ...message, acceptedAt: 1e12 + n, flows: [{ flow, partition: 0, key: keyOf(n) }] }
}

const keyOf = (n: number): string => `SO-${String((n * 7919) % Math.ceil(count / 2)).padStart(6, '0')}`

function find(directory: string, query: FindQuery): Found {
  const db = openReader(join(directory, 'journal.db'))
  try {
    const finding = new KeyFinder(db).find(query)
    for (;;) {
      const { done, value } = finding.next()
      if (done) return value
    }
  } finally {
    db.close()
  }
}

const timesOf = ({ messages }: Found): number[] => messages.map(({ acceptedAt }) => acceptedAt - 1e12)

function expected(isMeant: (key: string) => boolean, limit: number): number[] {
  const all = Array.from({ length: count }, (_, n) => count - n)
  return all.filter(n => isMeant(keyOf(n))).slice(0, limit)
}

function runsIn(directory: string): number {
  const db = new DatabaseSync(join(directory, 'journal.db'))
  const found = db.prepare('select count(*) as n from keys where no % 1048576 = 0').get()
  db.close()
  return Number(found?.n)
}

describe('the runs of keys of a SQLite store', () => {
  it('lead to every message, also after the process was killed', () =>
    inTemporary(directory => {
      const writer = new Writer(options(directory), 'one', 'here')
      fill(writer)
      cpSync(directory, `${directory}-killed`, { recursive: true })
      writer.close('clean')
      rmSync(join(`${directory}-killed`, 'journal.db-shm'), { force: true })
      const after = new Writer(options(`${directory}-killed`), 'two', 'here')
      after.close('clean')
      for (const place of [directory, `${directory}-killed`]) {
        assert.equal(runsIn(place), 2)
        for (const key of [keyOf(1), keyOf(run), keyOf(run + 1), keyOf(count), keyOf(12_345)])
          assert.deepEqual(
            timesOf(find(place, { keys: [key], limit: 9 })),
            expected(each => each === key, 9),
          )
        for (const prefix of ['SO-0000', 'SO-01', 'SO-016', 'S', ''])
          assert.deepEqual(
            timesOf(find(place, { prefix, limit: 120 })),
            expected(each => each.startsWith(prefix), 120),
          )
        const keys = Array.from({ length: 200 }, (_, n) => keyOf(n * 150 + 1))
        const many = find(place, { keys, limit: 999 })
        assert.deepEqual(
          timesOf(many),
          expected(each => keys.includes(each), 999),
        )
        assert.equal(many.unsearched, 0)
        assert.deepEqual(verifySqliteStore(place), [])
      }
      rmSync(`${directory}-killed`, { recursive: true })
    }))

  it('are made of what an earlier release has written, while it is searched all the same', () =>
    inTemporary(directory => {
      const writer = new Writer(options(directory), 'one', 'here')
      fill(writer)
      writer.close('clean')
      const db = new DatabaseSync(join(directory, 'journal.db'))
      const flows = new FlowTable(db, 'write')
      const all = flows.all()
      db.exec('drop table keys')
      db.close()
      assert.match(find(directory, { prefix: '', limit: 1 }).next ?? '', /./)
      const early = new DatabaseSync(join(directory, 'journal.db'))
      for (const flow of all) new FlowTable(early, 'write').put({ ...flow, keyed: 0 })
      early.close()
      const wanted = expected(key => key.startsWith('SO-01'), 120)
      assert.deepEqual(timesOf(find(directory, { prefix: 'SO-01', limit: 120 })), wanted)
      assert.deepEqual(verifySqliteStore(directory), [])
      const later = new Writer(options(directory), 'two', 'here')
      while (later.isBehind) later.maintain(true)
      later.close('clean')
      assert.equal(runsIn(directory), 2)
      assert.deepEqual(timesOf(find(directory, { prefix: 'SO-01', limit: 120 })), wanted)
      assert.deepEqual(verifySqliteStore(directory), [])
    }))

  it('say how much they cannot tell where a page is damaged, and verifying finds it', () =>
    inTemporary(directory => {
      const writer = new Writer(options(directory), 'one', 'here')
      fill(writer)
      writer.close('clean')
      const db = new DatabaseSync(join(directory, 'journal.db'))
      db.exec('update keys set data = zeroblob(100) where no = 1048576 + 1')
      db.close()
      const { unsearched } = find(directory, { prefix: 'SO-000000', limit: 9 })
      assert.equal(unsearched, run)
      assert.match(verifySqliteStore(directory).join(), /keys.*page 0 of run 1/)
    }))

  it('go when none of their messages is left', () =>
    inTemporary(directory => {
      const writer = new Writer(options(directory), 'one', 'here')
      fill(writer)
      const flow = messageOf(1).flows[0]?.flow ?? ''
      const others = Math.floor(count / 3)
      settleAll(writer, flow, count - others)
      settleAll(writer, 'other', others)
      // The first run was made when so many had come.
      retire(writer, 1e12 + 17_001)
      assert.equal(runsIn(directory), 1)
      assert.deepEqual(timesOf(find(directory, { prefix: '', limit: 3 })), [count, count - 1, count - 2])
      assert.equal(find(directory, { prefix: '', limit: 99_999 }).messages.length, count - 17_000)
      retire(writer, 2e12)
      assert.equal(runsIn(directory), 0)
      assert.deepEqual(verifySqliteStore(directory), [])
      writer.close('clean')
    }))
})

function settleAll(writer: Writer, flow: string, to: number): void {
  for (let first = 1; first <= to; first += 500) {
    const last = Math.min(first + 499, to)
    const one = settlementOf(1, 1, writer.claim.token)
    const settled = Array.from({ length: last - first + 1 }, (_, n) => {
      return { seq: first + n, outcome: 'delivered' as const, at: 1, attempts: 1 }
    })
    const settlement = packedSettlement({ ...one, flow, cursor: last, settled, unfinished: [] })
    writer.run([{ number: 0, call: { what: 'settle', settlement }, buffer: new ArrayBuffer(0) }])
  }
}

function retire(writer: Writer, before: number): void {
  for (let removed = 1, idle = 0; idle < 3; idle = removed === 0 ? idle + 1 : 0) {
    const call = { what: 'retire' as const, limits: { before } }
    const [answer] = writer.run([{ number: 0, call, buffer: new ArrayBuffer(0) }])
    removed = Number(answer && 'value' in answer ? answer.value : 0)
  }
}
