import { describe, it } from 'node:test'
import { type SqlChannels, sqlText } from '../../src/connectors/sql/index.ts'
import type { SinkChannel } from '../../src/system/channel.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { connectTo, type Product, products, sinkOf, targetAt } from '../integration/sql-harness.ts'
import { Row, troubled } from './sql-fixture.ts'

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
  const target = targetAt({ url })
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
