import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { type SqlChannels, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { SinkChannel, SourceChannel } from '../../src/system/channel.ts'
import {
  describeRequester,
  type RequesterFixture,
  type SuiteRequest,
} from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import {
  connectTo,
  type Product,
  products,
  requesterOf,
  sinkOf,
  sourceOf,
  type TestDatabase,
  targetAt,
} from '../integration/sql-harness.ts'
import { nextExecution, startSqlProxy } from '../integration/sql-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })

const refused = 'refuse me'

const sinks: Readonly<Record<string, (channels: SqlChannels) => SinkChannel<SuiteRecord>>> = {
  insert: target => target.table('rows', Row, { table: 'entries', mode: 'insert' }),
  upsert: target =>
    target.table('rows', Row, {
      table: 'entries_by_n',
      mode: 'upsert',
      key: ['n'],
      update: { seen: sqlText`entries_by_n.seen + 1` },
    }),
  statement: target =>
    target.statement('rows', Row, {
      sql: ({ n, text }) => sqlText`insert into entries (n, text) values (${n}, ${text})`,
    }),
  procedure: target =>
    target.procedure('rows', {
      procedure: 'put_entry',
      request: Row,
      arguments: ({ n, text }) => [n, text],
    }),
}

for (const product of products) {
  if (product.skip) {
    describe(`sql (${product.name})`, () => it('conforms', { skip: product.skip }, () => {}))
    continue
  }
  for (const [kind, channelOf] of Object.entries(sinks)) {
    if (kind === 'procedure' && product.name === 'SQLite') continue
    const capabilities = { effect: 'idempotent' } as const
    describeSink(`sql ${kind} (${product.name})`, () => sinkFixture(product, channelOf), capabilities)
  }
  const reads = { effect: 'read', unknown: 'refused' } as const
  describeRequester(`sql query (${product.name})`, () => requesterFixture(product), reads)
  const source = { ordered: true, identified: true, readAhead: 500, unreadable: 'defect' } as const
  describeSource(`sql changes (${product.name})`, () => changesFixture(product), {
    ordered: true,
    identified: true,
    readAhead: 500,
    // The overlap is read again after a stop.
    resumable: false,
  })
  const outbox = { ...source, resumable: true }
  describeSource(`sql outbox (${product.name})`, () => outboxFixture(product), outbox)
}

/** Ways to make a database unreachable: a proxy before a server, a lock on a file. `marker` is in each call. */
async function troubled(database: TestDatabase, marker: string) {
  if (database.product !== 'SQLite') {
    const proxy = await startSqlProxy(database.url)
    return {
      url: proxy.url,
      down: async () => proxy.set('down'),
      up: async () => proxy.set('open'),
      stall: async () => proxy.set('silent'),
      resume: async () => proxy.set('open'),
      loseAnswer: async () => proxy.loseAnswer(marker),
      destroy: () => proxy.close(),
    }
  }
  await database.run('pragma journal_mode = delete')
  let holder: Awaited<ReturnType<TestDatabase['session']>> | undefined
  const lock = async () => {
    holder = await database.session()
    await holder.run('begin exclusive')
  }
  const unlock = async () => {
    await holder?.end()
    holder = undefined
  }
  return { url: database.url, down: lock, up: unlock, stall: lock, resume: unlock, destroy: async () => {} }
}

async function sinkFixture(
  product: Product,
  channelOf: (channels: SqlChannels) => SinkChannel<SuiteRecord>,
): Promise<SinkFixture> {
  const database = await product.make()
  await database.run(`create table entries (n integer, text text check (text <> '${refused}'))`)
  await database.run(
    `create table entries_by_n (n integer primary key, text text check (text <> '${refused}'), seen integer default 1)`,
  )
  if (database.product === 'PostgreSQL')
    await database.run(
      'create procedure put_entry(n integer, t text) language sql as $$ insert into entries values (n, t) $$',
    )
  if (database.product === 'MariaDB')
    await database.run('create procedure put_entry(n integer, t longtext) insert into entries values (n, t)')
  const { url, destroy, ...trouble } = await troubled(database, 'effect-')
  const target = targetAt({ url, lockTimeout: '100ms', connectTimeout: '2s' })
  return {
    ...trouble,
    refused,
    async open() {
      const connection = await connectTo(target)
      return { sink: () => sinkOf(connection, channelOf(target)), close: () => connection.close() }
    },
    async effects() {
      const rows = await database.run(
        'select n, text, 1 as seen from entries union all select n, text, seen from entries_by_n',
      )
      return rows.flatMap(({ n, text, seen }) =>
        Array.from({ length: Number(seen) }, () => ({ n: Number(n), text: String(text) })),
      )
    },
    async destroy() {
      await destroy()
      await database.destroy()
    },
  }
}

async function requesterFixture(product: Product): Promise<RequesterFixture> {
  const database = await product.make()
  await database.run('create table known (n integer primary key, text text)')
  const { url, destroy, ...trouble } = await troubled(
    database,
    database.product === 'MariaDB' ? nextExecution : 'isthmus_',
  )
  const target = targetAt({ url, lockTimeout: '100ms', connectTimeout: '2s' })
  const channel = target.query('known', {
    request: Request,
    response: Row,
    one: true,
    sql: ({ n }: SuiteRequest) => sqlText`select n, text from known where n = ${n}`,
  })
  const mark = database.product === 'PostgreSQL' ? ['$1', '$2'] : ['?', '?']
  return {
    ...trouble,
    async know(n, text) {
      await database.run(`insert into known values (${mark})`, [n, text])
    },
    async garble(n) {
      await database.run(`update known set text = null where n = ${n}`)
    },
    async open() {
      const connection = await connectTo(target)
      return { requester: () => requesterOf(connection, channel), close: () => connection.close() }
    },
    textOf: result => (result as SuiteRecord).text,
    async destroy() {
      await destroy()
      await database.destroy()
    },
  }
}

/** `put` inserts in one transaction, with one time for all rows. */
async function sourceFixture(
  database: TestDatabase,
  channel: SourceChannel<unknown>,
  insert: (records: string) => string,
): Promise<Omit<SourceFixture, 'recordOf'>> {
  const target = targetAt({ url: database.url })
  const mark = database.product === 'PostgreSQL' ? '$1' : '?'
  return {
    async put(records) {
      await database.run(insert(mark), [JSON.stringify(records)])
    },
    async open() {
      const connection = await connectTo(target)
      return {
        source: () => sourceOf(connection, channel),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    destroy: () => database.destroy(),
  }
}

async function changesFixture(product: Product): Promise<SourceFixture> {
  const database = await product.make()
  const type = { PostgreSQL: 'timestamptz', SQLite: 'text', MariaDB: 'timestamp(6)' }[database.product]
  await database.run(`create table entries (n integer primary key, text text, at ${type})`)
  await database.run('create index entries_at on entries (at, n)')
  const channel = targetAt({ url: database.url }).changes('rows', Row, {
    table: 'entries',
    cursor: { time: 'at', key: 'n' },
    every: '10ms',
    overlap: '2s',
  })
  const fixture = await sourceFixture(
    database,
    channel,
    mark =>
      ({
        PostgreSQL: `insert into entries select n, text, now() from json_to_recordset(${mark}) as r (n integer, text text)`,
        SQLite: `insert into entries select value ->> 'n', value ->> 'text', strftime('%Y-%m-%d %H:%M:%f', 'now') from json_each(${mark})`,
        MariaDB: `insert into entries select n, text, now(6) from json_table(${mark}, '$[*]'
        columns (n integer path '$.n', text longtext path '$.text')) as r`,
      })[database.product],
  )
  return { ...fixture, recordOf: ({ data }) => data as SuiteRecord }
}

async function outboxFixture(product: Product): Promise<SourceFixture> {
  const database = await product.make()
  await database.run('create table outbox (id integer primary key, payload text)')
  const channel = targetAt({ url: database.url }).outbox('rows', Row, {
    table: 'outbox',
    id: 'id',
    payload: 'payload',
    every: '10ms',
  })
  const put: number[] = []
  const fixture = await sourceFixture(
    database,
    channel,
    mark =>
      ({
        PostgreSQL: `insert into outbox select (r ->> 'n')::integer, r from json_array_elements(${mark}) as e (r)`,
        SQLite: `insert into outbox select value ->> 'n', value from json_each(${mark})`,
        MariaDB: `insert into outbox select n, json_object('n', n, 'text', text) from json_table(${mark}, '$[*]'
        columns (n integer path '$.n', text longtext path '$.text')) as r`,
      })[database.product],
  )
  let unreadable = 1_000_000
  return {
    ...fixture,
    async put(records) {
      await fixture.put(records)
      put.push(...records.map(({ n }) => n))
    },
    async putUnreadable() {
      await database.run(`insert into outbox values (${unreadable++}, null)`)
    },
    async acknowledged() {
      const left = new Set((await database.run('select id from outbox')).map(({ id }) => Number(id)))
      return put.filter(n => !left.has(n))
    },
    recordOf: ({ body }) => channel.decode?.(body as Uint8Array) as SuiteRecord,
  }
}
