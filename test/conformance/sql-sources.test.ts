import { describe, it } from 'node:test'
import type { SqlChannels } from '../../src/connectors/sql/index.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import {
  beginIn,
  connectTo,
  type Product,
  products,
  sourceOf,
  type TestDatabase,
  targetAt,
} from '../integration/sql-harness.ts'
import { Row, troubled } from './sql-fixture.ts'

for (const product of products) {
  const { name, skip } = product
  if (skip) {
    describe(`sql (${name})`, () => it('conforms', { skip }, () => {}))
    continue
  }
  const common = { ordered: true, identified: true, readAhead: 500 } as const
  // The overlap is read again after a stop.
  describeSource(`sql changes (${name})`, () => changesFixture(product), {
    ...common,
    resumable: false,
    peeks: true,
  })
  const outbox = { ...common, resumable: true, unreadable: 'defect' } as const
  describeSource(`sql outbox (${name})`, () => outboxFixture(product), outbox)
}

/** `insert` puts all of its records under the time of its transaction. */
async function sourceFixture(
  database: TestDatabase,
  channelOf: (target: SqlChannels) => SourceChannel<unknown>,
  insert: (run: TestDatabase['run'], records: readonly SuiteRecord[]) => Promise<unknown>,
): Promise<Omit<SourceFixture, 'recordOf' | 'begin'> & Required<Pick<SourceFixture, 'begin'>>> {
  const { url, disconnect, destroy } = await troubled(database, '')
  const target = targetAt({ url })
  return {
    put: async records => void (await insert(database.run, records)),
    begin: records => beginIn(database, run => insert(run, records)),
    ...(disconnect && { disconnect }),
    async open() {
      const connection = await connectTo(target)
      return {
        source: () => sourceOf(connection, channelOf(target)),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    async destroy() {
      await destroy()
      await database.destroy()
    },
  }
}

async function changesFixture(product: Product): Promise<SourceFixture> {
  const database = await product.make()
  const type = { PostgreSQL: 'timestamptz', SQLite: 'text', MariaDB: 'timestamp(6)' }[database.product]
  await database.run(`create table entries (n integer primary key, text text, at ${type})`)
  await database.run('create index entries_at on entries (at, n)')
  const insert = {
    PostgreSQL:
      'insert into entries select n, text, now() from json_to_recordset($1) as r (n integer, text text)',
    SQLite: `insert into entries select value ->> 'n', value ->> 'text', strftime('%Y-%m-%d %H:%M:%f', 'now') from json_each(?)`,
    MariaDB: `insert into entries select n, text, now(6) from json_table(?, '$[*]'
      columns (n integer path '$.n', text longtext path '$.text')) as r`,
  }[database.product]
  const channelOf = (target: SqlChannels) =>
    target.changes('rows', Row, {
      table: 'entries',
      cursor: { time: 'at', key: 'n' },
      every: '10ms',
      overlap: '1m',
    })
  const fixture = await sourceFixture(database, channelOf, (run, records) =>
    run(insert, [JSON.stringify(records)]),
  )
  return {
    ...fixture,
    recordOf: ({ data }) => data as SuiteRecord,
    ...(database.product === 'SQLite' && {
      // It has one writer at a time: what comes late has a time that its writer took before.
      async begin(records) {
        const [now] = await database.run("select strftime('%Y-%m-%d %H:%M:%f', 'now') as at")
        const text = `insert into entries select value ->> 'n', value ->> 'text', ? from json_each(?)`
        return async () => void (await database.run(text, [String(now?.at), JSON.stringify(records)]))
      },
    }),
  }
}

async function outboxFixture(product: Product): Promise<SourceFixture> {
  const database = await product.make()
  await database.run('create table outbox (id integer primary key, payload text)')
  const channelOf = (target: SqlChannels) =>
    target.outbox('rows', Row, { table: 'outbox', id: 'id', payload: 'payload', every: '10ms' })
  const { decode } = channelOf(targetAt({ url: database.url }))
  const insert = {
    PostgreSQL: `insert into outbox select (r ->> 'n')::integer, r from json_array_elements($1) as e (r)`,
    SQLite: `insert into outbox select value ->> 'n', value from json_each(?)`,
    MariaDB: `insert into outbox select n, json_object('n', n, 'text', text) from json_table(?, '$[*]'
      columns (n integer path '$.n', text longtext path '$.text')) as r`,
  }[database.product]
  const put: number[] = []
  const fixture = await sourceFixture(database, channelOf, (run, records) =>
    run(insert, [JSON.stringify(records)]),
  )
  const afterwards = (records: readonly SuiteRecord[]) => void put.push(...records.map(({ n }) => n))
  let unreadable = 1_000_000
  return {
    ...fixture,
    async put(records) {
      await fixture.put(records)
      afterwards(records)
    },
    async begin(records) {
      // SQLite has one writer at a time: what comes late has ids that its writer took before.
      const isAlone = database.product === 'SQLite'
      const commit = isAlone ? () => fixture.put(records) : await fixture.begin(records)
      return async () => {
        await commit()
        afterwards(records)
      }
    },
    async putUnreadable() {
      await database.run(`insert into outbox values (${unreadable++}, null)`)
    },
    async acknowledged() {
      const left = new Set((await database.run('select id from outbox')).map(({ id }) => Number(id)))
      return put.filter(n => !left.has(n))
    },
    recordOf: ({ body }) => decode?.(body as Uint8Array) as SuiteRecord,
  }
}
