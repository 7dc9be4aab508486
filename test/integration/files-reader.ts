// A process that reads the folder of argument 1 into the SQLite database of argument 2 until it is killed. It prints
// a line for every accepted batch.
import { DatabaseSync } from 'node:sqlite'
import { jsonLines } from '../../src/connectors/files/index.ts'
import type { Delivery } from '../../src/message/message.ts'
import type { Intake } from '../../src/system/roles.ts'
import { Anything, connectTo, shopAt } from './files-harness.ts'

// The pipe closes when the parent is gone, however it went.
process.stdin.resume().on('end', () => process.exit())

const [folder = '', database = ''] = process.argv.slice(2)
const db = new DatabaseSync(database)
db.exec(`pragma journal_mode = wal;
  create table if not exists taken (id text primary key, n integer, deliveries integer default 1);
  create table if not exists position (only integer primary key check (only = 1), value text)`)
const take = db.prepare(
  'insert into taken (id, n) values (?, ?) on conflict do update set deliveries = deliveries + 1',
)
const move = db.prepare('insert or replace into position values (1, ?)')

const intake: Intake = {
  async position() {
    const row = db.prepare('select value from position').get()
    return row && JSON.parse(String(row.value))
  },
  async accept(deliveries, options) {
    db.exec('begin immediate')
    for (const { id = '', data } of deliveries as Delivery[]) take.run(id, (data as { n: number }).n)
    move.run(JSON.stringify(options?.position))
    db.exec('commit')
    console.log(deliveries.length)
    // Gives the parent time to kill between any two steps.
    await new Promise(resolve => setTimeout(resolve, 1))
    return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
  },
}

const shop = shopAt(folder)
const channel = shop.read('rows', Anything, {
  pattern: '*.jsonl',
  format: jsonLines(),
  every: '5ms',
  settle: '0s',
})
const connection = await connectTo(shop)
await connection.source?.(channel).run(intake, new AbortController().signal)
