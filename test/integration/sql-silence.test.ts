import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Answer, Sink } from '../../src/system/roles.ts'
import { Kept } from './capture-harness.ts'
import {
  connectTo,
  never,
  outgoing,
  products,
  requesterOf,
  sinkOf,
  sourceOf,
  type TestDatabase,
  targetAt,
  until,
} from './sql-harness.ts'
import { type SqlProxy, startSqlProxy } from './sql-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const codeOf = (answer: Answer<unknown> | undefined) =>
  answer?.ok ? 'ok' : (answer?.error as { code?: string } | undefined)?.code

/** Nobody gives up from outside: what ends here ends by the times of the system itself. */
for (const product of products.filter(({ name }) => name !== 'SQLite'))
  describe(`sql behind a connection that ended without a word (${product.name})`, {
    skip: product.skip,
    timeout: 480_000,
  }, () => {
    let database: TestDatabase
    let proxy: SqlProxy
    let connection: Connection
    let sink: Sink
    beforeEach(async () => {
      database = await product.make()
      await database.run('create table entries (n integer primary key)')
      proxy = await startSqlProxy(database.url)
      connection = await connectTo(target())
      sink = sinkOf(connection, target().table('rows', Row, { table: 'entries', mode: 'insert' }))
    })
    afterEach(async () => {
      await connection.close()
      await proxy.close()
      await database.destroy()
    })

    const target = () => targetAt({ url: proxy.url, connectTimeout: '4s', statementTimeout: '4s' })
    const write = async (...numbers: number[]) => {
      const items = numbers.map(n => outgoing(String(n), { n }))
      const answers = sink.write(items, never)
      return answers.then(
        each => each.map(codeOf),
        error => items.map(() => error.code as string),
      )
    }
    const ask = async () => {
      const sql = () => sqlText`select n from entries where n = 1`
      const channel = target().query('row', { request: Row, response: Row, one: true, sql })
      const answers = requesterOf(connection, channel).ask([outgoing('1', { n: 1 })], never)
      return answers.then(
        ([answer]) => codeOf(answer),
        error => error.code as string,
      )
    }

    it('ends a write without a claim, and does it once when it comes again', async () => {
      await eventually(() => write(1))
      proxy.set('silent')
      // MariaDB is asked step by step, so that the commit was certainly not sent; to PostgreSQL all went at once.
      const code = product.name === 'MariaDB' ? 'TARGET-UNAVAILABLE' : 'TARGET-UNANSWERED'
      assert.deepEqual(await write(2, 3), [code, code])
      proxy.set('open')
      await eventually(() => write(2, 3))
      const rows = await database.run('select n from entries order by n')
      assert.deepEqual(
        rows.map(({ n }) => n),
        [1, 2, 3],
      )
    })

    it('ends a question, and answers it later', async () => {
      await eventually(() => write(1))
      await eventually(async () => [await ask()])
      proxy.set('silent')
      assert.equal(await ask(), 'TARGET-UNAVAILABLE')
      proxy.set('open')
      await eventually(async () => [await ask()])
    })

    it('ends what was never sent as unavailable', async () => {
      proxy.set('silent')
      assert.deepEqual(await Promise.all([write(4), ask()]), [['TARGET-UNAVAILABLE'], 'TARGET-UNAVAILABLE'])
      await assert.rejects(async () => connection.check?.(), { code: 'TARGET-UNAVAILABLE' })
    })

    it('fails a source that looks', async () => {
      await database.run(
        `create table changed (id integer primary key, at ${product.name === 'MariaDB' ? 'timestamp(6)' : 'timestamptz'})`,
      )
      await database.run("insert into changed values (1, '2026-05-01 00:00:00')")
      const Changed = model('Changed', { version: 1, schema: Type.Object({ id: Type.Integer() }) })
      const options = { table: 'changed', cursor: { time: 'at', key: 'id' }, every: '10ms' } as const
      const kept = new Kept()
      const source = sourceOf(connection, target().changes('changed', Changed, options))
      const running = source.run(kept, never)
      running.catch(() => {})
      await until(() => kept.deliveries.length > 0)
      proxy.set('silent')
      await assert.rejects(running, { code: 'TARGET-UNAVAILABLE' })
    })
  })

/** What follows may first meet a connection that is still the old one. */
async function eventually(call: () => Promise<(string | undefined)[]>): Promise<void> {
  while ((await call()).some(code => code !== 'ok'));
}
