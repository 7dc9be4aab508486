import { randomFillSync } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { NewMessage, Store } from '../src/store/store.ts'
import type { Contender } from './support/harness.ts'
import { rounds, table } from './support/harness.ts'

// Appends of 1 KB messages, synced before they count: our store against plain SQLite and the plain disk, all on the
// same disk and in turns. A smaller share of the disk's own speed is the price of indexes, checksums and the thread.
const plan = [
  { batch: 1, calls: 400 },
  { batch: 10, calls: 200 },
  { batch: 100, calls: 50 },
  { batch: 1000, calls: 8 },
]
const roundsEach = 7
const inFlight = 8

const directory = mkdtempSync(join(tmpdir(), 'isthmus-journal-'))
const body = randomFillSync(Buffer.alloc(1024))
let made = 0

try {
  const store = sqliteStore({ path: join(directory, 'store'), ballastBytes: 4096 })
  await store.claim('bench')
  const raw = rawSqlite(join(directory, 'raw.db'))
  const append = rawAppend(join(directory, 'append.bin'))
  const rows = []
  for (const { batch, calls } of plan) {
    const contenders: Contender[] = [
      { name: 'isthmus', run: () => oneByOne(store, batch, calls) },
      { name: 'isthmus, 8 in flight', run: () => several(store, batch, calls) },
      { name: 'raw SQLite', run: () => raw(batch, calls) },
      { name: 'raw fdatasync', run: () => append(batch, calls) },
    ]
    const [one, many, sqlite, disk] = await rounds(contenders, roundsEach)
    if (one === undefined || many === undefined || sqlite === undefined || disk === undefined) continue
    rows.push({
      batch,
      isthmus: one.perSecond,
      [`isthmus, ${inFlight} in flight`]: many.perSecond,
      'raw SQLite': sqlite.perSecond,
      'raw fdatasync': disk.perSecond,
      'x raw SQLite': one.perSecond / sqlite.perSecond,
      [`x with ${inFlight}`]: many.perSecond / sqlite.perSecond,
      'cpu us': one.cpuMicroseconds,
      'cpu us raw': sqlite.cpuMicroseconds,
    })
  }
  await store.close()
  console.log(process.argv.includes('--json') ? JSON.stringify(rows) : `messages per second\n${table(rows)}`)
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function message(): NewMessage {
  const n = made++
  const head = {
    source: 'mes',
    type: 'consumed',
    time: n,
    subject: `event ${n}`,
    contentType: 'application/json',
  }
  const flows = [{ flow: 'orders', partition: n % 16, key: `order-${(n * 7919) % 20_000}` }]
  return {
    flows,
    id: idOf(n),
    head,
    body,
    acceptedAt: n,
    identity: `mes/${idOf(n)}`,
  }
}

/** As long and as nearly sorted as a UUID of version 7. */
function idOf(n: number): string {
  return `01890000-0000-7000-${(n % 0xffff).toString(16).padStart(4, '0')}-${n.toString(16).padStart(12, '0')}`
}

function messages(batch: number): NewMessage[] {
  return Array.from({ length: batch }, message)
}

async function oneByOne(store: Store, batch: number, calls: number): Promise<number> {
  for (let call = 0; call < calls; call++) await store.accept(messages(batch))
  return batch * calls
}

async function several(store: Store, batch: number, calls: number): Promise<number> {
  let left = calls
  const worker = async () => {
    while (left-- > 0) await store.accept(messages(batch))
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return batch * calls
}

/** One transaction per batch in this thread; the same settings and the same questions answerable: by id and by key. */
function rawSqlite(file: string): (batch: number, calls: number) => number {
  const db = new DatabaseSync(file)
  db.exec('pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full')
  db.exec(
    'pragma wal_autocheckpoint = 2000; pragma journal_size_limit = 33554432; pragma cache_size = -32768',
  )
  db.exec(`create table message (seq integer primary key, id text not null, key text not null, partition integer,
    at integer, head text, body blob); create unique index message_id on message (id);
    create index message_key on message (key)`)
  const insert = db.prepare(
    'insert into message (id, key, partition, at, head, body) values (?, ?, ?, ?, ?, ?)',
  )
  return (batch, calls) => {
    for (let call = 0; call < calls; call++) {
      db.exec('begin immediate')
      for (const { id, flows, head, body: bytes, acceptedAt } of messages(batch)) {
        const { key, partition } = flows[0] ?? { key: '', partition: 0 }
        insert.run(id, key, partition, acceptedAt, JSON.stringify(head), bytes)
      }
      db.exec('commit')
    }
    return batch * calls
  }
}

/** What the disk itself can do: one write and one sync per batch. */
function rawAppend(file: string): (batch: number, calls: number) => number {
  const handle = openSync(file, 'a')
  process.on('exit', () => closeSync(handle))
  return (batch, calls) => {
    for (let call = 0; call < calls; call++) {
      writeSync(handle, Buffer.concat(Array.from({ length: batch }, () => body)))
      fdatasyncSync(handle)
    }
    return batch * calls
  }
}
