import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Type } from 'typebox'
import { type SqlText, sqlText } from '../../src/connectors/sql/sql-text.ts'
import { model } from '../../src/model/model.ts'
import { items } from '../../src/testing/sink-suite/fixture.ts'
import { allOk, hasCode, writeAll } from '../../src/testing/sink-suite/scenario.ts'
import { withoutMariadb } from '../recovery/mariadb-fixture.ts'
import { withoutPostgres } from '../recovery/postgres-fixture.ts'
import { type Accident, startProxy } from '../recovery/postgres-proxy.ts'
import {
  connectTo,
  mariadbDatabase,
  never,
  postgresDatabase,
  sinkOf,
  type TestDatabase,
  targetAt,
} from './sql-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

const accidents: readonly Accident[] = ['lost', 'torn', 'unanswered', 'late']

describe('sql sink whose connection breaks around the commit (PostgreSQL)', { skip: withoutPostgres }, () => {
  for (const accident of accidents) {
    it(`has one effect for each item of a batch of several statements: the transaction is ${accident}`, async t =>
      meet(t, await postgresDatabase(), accident, items(6, 20), 'commit\0', { n: ({ n }) => sqlText`${n}` }))

    it(`has one effect for each item of a batch in one statement: that is ${accident}`, async t =>
      meet(t, await postgresDatabase(), accident, items(6, 20), 'effect-6'))
  }
})

describe('sql sink whose connection breaks around the commit (MariaDB)', { skip: withoutMariadb }, () => {
  for (const accident of accidents)
    it(`has one effect for each item of a batch: the commit is ${accident}`, async t =>
      meet(t, await mariadbDatabase(), accident, items(6, 20), '\x03commit'))
})

async function meet(
  t: TestContext,
  database: TestDatabase,
  accident: Accident,
  sent: ReturnType<typeof items>,
  marker: string,
  columns: { readonly n?: (row: { readonly n: number }) => SqlText } = {},
): Promise<void> {
  const mariadb = database.product === 'MariaDB'
  await database.run('create table entries (n integer, text text)')
  const proxy = mariadb ? await startProxy(database.url, () => true) : await startProxy(database.url)
  const target = targetAt({ url: proxy.url })
  const connection = await connectTo(target)
  t.after(async () => {
    await connection.close()
    await proxy.close()
    await database.destroy()
  })
  const sink = sinkOf(
    connection,
    target.table('rows', Row, {
      table: 'entries',
      mode: 'insert',
      columns: { n: 'n', text: 'text', ...columns },
    }),
  )
  allOk(await sink.write(items(1, 5), never))
  const broken = proxy.next(accident, marker)
  const answers = await sink.write(sent, never)
  await broken
  const committed = (await database.run('select n from entries where n > 5')).length
  assert.equal(committed, accident === 'unanswered' ? sent.length : 0, 'all or nothing')
  if (accident === 'unanswered') allOk(answers)
  else for (const answer of answers) hasCode(answer, 'TARGET-UNANSWERED')
  // Until it comes, the transaction of MariaDB holds the effect keys.
  if (accident === 'late' && mariadb) await proxy.release()
  await writeAll(sink, sent)
  if (accident === 'late' && !mariadb)
    assert.match((await proxy.release()).toString('latin1'), /isthmus_effects_pkey/)
  const held = await database.run('select n, count(*) as times from entries group by n order by n')
  assert.deepEqual(
    held.map(({ n, times }) => [n, Number(times)]),
    [...items(1, 5), ...sent].map(({ data }) => [data.n, 1]),
  )
}
