import { system } from 'isthmus'
import { sql } from 'isthmus/sql'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { readReplicationMessage } from '../../src/connectors/sql/postgres/replication-messages.ts'
import type { Comparison, Servers } from './comparison.ts'
import { Order } from './orders.ts'
import { comparedReading, type OnPage, type Reading } from './reading.ts'
import { createTable, generated, mariadbDatabase, postgresSchema } from './sql-databases.ts'

const page = 500
const count = 20_000

export const sqlReading: readonly Comparison[] = [
  source('sql changes PostgreSQL', 'pg', postgresChanges),
  source('sql changes MariaDB', 'mysql2', mariadbChanges),
  source('sql outbox PostgreSQL', 'pg', postgresOutbox),
  source('sql capture PostgreSQL', 'pg', postgresCapture),
]

function source(
  connector: string,
  library: string,
  open: (servers: Servers) => Promise<Reading>,
): Comparison {
  const opened = async (servers: Servers) => comparedReading(await open(servers))
  return { connector, role: 'source', library, floor: 0.7, open: opened }
}

async function postgresChanges(servers: Servers): Promise<Reading> {
  const { url, pool, close } = await postgresSchema(servers)
  await pool.query(createTable('orders', ', changed timestamptz'))
  await pool.query(
    `insert into orders select *, now() - interval '1 hour' from (${generated(0, count)}) as rows`,
  )
  await pool.query('create index on orders (changed, no)')
  const target = system('db', { kind: 'erp', connector: sql({ url }) })
  const cursor = { time: 'changed', key: 'no' }
  return {
    target,
    channel: target.changes('orders', Order, { table: 'orders', cursor, every: '1h' }) as never,
    count,
    read: onPage => readPages(pool, onPage),
    close,
  }
}

/** The time as text, since a Date has no microseconds. */
async function readPages(pool: pg.Pool, onPage: OnPage): Promise<void> {
  const columns = 'no, customer, sku, qty, amount, note, changed::text'
  const order = `order by changed, no limit ${page}`
  const first = `select ${columns} from orders ${order}`
  const next = `select ${columns} from orders where (changed, no) > ($1, $2) ${order}`
  for (let last: { changed: string; no: string } | undefined; ; ) {
    const query = last
      ? { name: 'next', text: next, values: [last.changed, last.no] }
      : { name: 'first', text: first }
    const { rows } = await pool.query(query)
    if (rows.length > 0) onPage(rows)
    if (rows.length < page) return
    last = rows.at(-1)
  }
}

async function mariadbChanges(servers: Servers): Promise<Reading> {
  const { url, pool, close } = await mariadbDatabase(servers)
  await pool.query(createTable('orders', ', changed timestamp(6)'))
  await pool.query(
    `insert into orders select concat('O', seq), concat('C', mod(seq, 997)), concat('bolt-', mod(seq, 89)), mod(seq, 50),
      mod(seq, 1000) + 0.5, repeat('Deliver ', 12), now(6) - interval 1 hour from seq_0_to_${count - 1}`,
  )
  await pool.query('create index at on orders (changed, no)')
  const target = system('db', { kind: 'erp', connector: sql({ url }) })
  const cursor = { time: 'changed', key: 'no' }
  const plain = createPool({ uri: url, dateStrings: true, connectionLimit: 1 })
  const text = (where: string) => `select * from orders ${where} order by changed, no limit ${page}`
  return {
    target,
    channel: target.changes('orders', Order, { table: 'orders', cursor, every: '1h' }) as never,
    count,
    async read(onPage) {
      for (let last: { changed: string; no: string } | undefined; ; ) {
        const [rows] = last
          ? await plain.execute(text('where (changed, no) > (?, ?)'), [last.changed, last.no])
          : await plain.execute(text(''))
        const records = rows as { changed: string; no: string }[]
        if (records.length > 0) onPage(records)
        if (records.length < page) return
        last = records.at(-1)
      }
    },
    async close() {
      await plain.end()
      await close()
    },
  }
}

async function postgresOutbox(servers: Servers): Promise<Reading> {
  const { url, pool, close } = await postgresSchema(servers)
  await pool.query('create table outbox (id bigint primary key, payload text)')
  const target = system('db', { kind: 'erp', connector: sql({ url }) })
  return {
    target,
    channel: target.outbox('orders', Order, {
      table: 'outbox',
      id: 'id',
      payload: 'payload',
      every: '1h',
    }) as never,
    count,
    async prepare() {
      await pool.query('truncate outbox')
      const rows = `(${generated(0, count)}) as rows (no, customer, sku, qty, amount, note)`
      const orders = `(select no, customer, sku, qty, amount::text, note from ${rows}) as orders`
      await pool.query(`insert into outbox select row_number() over (), row_to_json(orders) from ${orders}`)
    },
    async read(onPage) {
      for (;;) {
        const { rows } = await pool.query(`select id, payload from outbox order by id limit ${page}`)
        if (rows.length === 0) return
        onPage(rows.map(({ payload }) => JSON.parse(payload)))
        await pool.query('delete from outbox where id = any ($1)', [rows.map(({ id }) => id)])
      }
    },
    close,
  }
}

/** A slot of its own for every contender in every round, made before the rows are. */
async function postgresCapture(servers: Servers): Promise<Reading> {
  const { url, pool, schema, close } = await postgresSchema(servers)
  await pool.query(createTable('orders', ''))
  await pool.query(`create publication ${schema} for table orders`)
  const target = system('db', { kind: 'erp', connector: sql({ url }) })
  const drop = async () => {
    const active = 'select from pg_replication_slots where slot_name = $1 and active'
    while ((await pool.query(active, [schema])).rowCount) await new Promise(resolve => setTimeout(resolve, 5))
    await pool.query(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1',
      [schema],
    )
  }
  return {
    target,
    channel: target.capture('orders', Order, { table: 'orders', slot: schema, publication: schema }) as never,
    count,
    async prepare() {
      await drop()
      await pool.query('truncate orders')
      await pool.query(`select pg_create_logical_replication_slot('${schema}', 'pgoutput')`)
      for (let n = 0; n < count; n += 1_000) await pool.query(`insert into orders ${generated(n, 1_000)}`)
    },
    read: onPage => readLog(url, schema, onPage),
    async close() {
      await drop()
      await close()
    },
  }
}

/** The log by `pg`, each message read by the decoder that the connector has too; acknowledged at each commit. */
async function readLog(url: string, slot: string, onPage: OnPage): Promise<void> {
  const client = new pg.Client({ connectionString: url, replication: 'database' } as pg.ClientConfig)
  await client.connect()
  const { connection } = client as unknown as { connection: Wire }
  const ended = Promise.withResolvers<void>()
  let records: object[] = []
  let names: readonly string[] = []
  let got = 0
  connection.on('copyData', ({ chunk }) => {
    if (chunk[0] !== 0x77) return
    const message = readReplicationMessage(chunk.subarray(25))
    if (message?.kind === 'relation') names = message.relation.columns.map(({ name }) => name)
    if (message?.kind === 'insert')
      records.push(Object.fromEntries(message.row.map((value, n) => [names[n], value])))
    if (message?.kind !== 'commit') return
    onPage(records)
    got += records.length
    records = []
    connection.sendCopyFromChunk(confirmed(message.end))
    if (got >= count) ended.resolve()
  })
  const options = `(proto_version '1', publication_names '${slot}')`
  client.query(`START_REPLICATION SLOT ${slot} LOGICAL 0/0 ${options}`).catch(ended.reject)
  client.on('error', ended.reject)
  await ended.promise
  await client.end()
}

/** What is used of the driver's connection; it is not in its types. */
interface Wire {
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void
  sendCopyFromChunk(chunk: Buffer): void
}

function confirmed(lsn: bigint): Buffer {
  const status = Buffer.alloc(34)
  status[0] = 0x72
  for (const at of [1, 9, 17]) status.writeBigUInt64BE(lsn, at)
  return status
}
