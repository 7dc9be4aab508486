import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import { items } from '../../src/testing/sink-suite/fixture.ts'
import { allOk, hasCode, writeAll } from '../../src/testing/sink-suite/scenario.ts'
import { withoutPostgres } from '../recovery/postgres-fixture.ts'
import { type Accident, startProxy } from '../recovery/postgres-proxy.ts'
import { connectTo, never, postgresDatabase, sinkOf, targetAt } from './sql-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

const accidents: readonly Accident[] = ['lost', 'torn', 'unanswered', 'late']

describe('sql sink whose connection breaks around the commit', { skip: withoutPostgres }, () => {
  for (const accident of accidents) {
    it(`has one effect for each item of a batch: the transaction is ${accident}`, t =>
      meet(t, accident, items(6, 20), 'commit\0'))

    it(`has one effect for a single item: its statement is ${accident}`, t =>
      meet(t, accident, items(6, 6), 'effect-6'))
  }
})

async function meet(
  t: TestContext,
  accident: Accident,
  sent: ReturnType<typeof items>,
  marker: string,
): Promise<void> {
  const database = await postgresDatabase()
  await database.run('create table rows (n integer, text text)')
  const proxy = await startProxy(database.url)
  const target = targetAt({ url: proxy.url })
  const connection = await connectTo(target)
  t.after(async () => {
    await connection.close()
    await proxy.close()
    await database.destroy()
  })
  const sink = sinkOf(connection, target.table('rows', Row, { table: 'rows', mode: 'insert' }))
  allOk(await sink.write(items(1, 5), never))
  const broken = proxy.next(accident, marker)
  const answers = await sink.write(sent, never)
  await broken
  const committed = (await database.run('select n from rows where n > 5')).length
  assert.equal(committed, accident === 'unanswered' ? sent.length : 0, 'all or nothing')
  if (accident === 'unanswered') allOk(answers)
  else for (const answer of answers) hasCode(answer, 'TARGET-UNANSWERED')
  await writeAll(sink, sent)
  if (accident === 'late') assert.match((await proxy.release()).toString('latin1'), /isthmus_effects_pkey/)
  const held = await database.run('select n, count(*) as times from rows group by n order by n')
  assert.deepEqual(
    held.map(({ n, times }) => [n, Number(times)]),
    [...items(1, 5), ...sent].map(({ data }) => [data.n, 1]),
  )
}
