import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import { rejectsWith } from '../../src/testing/participant-suite/scenario.ts'
import { hasCode } from '../../src/testing/sink-suite/scenario.ts'
import { participantOf } from '../conformance/sql-participant-fixture.ts'
import { connectTo, never, outgoing, products, sinkOf, type TestDatabase, targetAt } from './sql-harness.ts'

const Stock = model('Stock', {
  version: 1,
  schema: Type.Object({ sku: Type.String(), pieces: Type.Integer(), version: Type.Integer() }),
})
const rowsOf = async (database: TestDatabase) =>
  (await database.run('select sku, pieces, version from stock order by sku')).map(
    ({ sku, pieces, version }) => `${sku} ${pieces} v${version}`,
  )

async function withStock(
  database: TestDatabase,
  use: (opened: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  await database.run('create table stock (sku text primary key, pieces integer, version integer)')
  await database.run('create table changes (sku text)')
  for (const sku of ['a', 'b', 'c']) await database.run(`insert into stock values ('${sku}', 10, 1)`)
  const opened = await open(database)
  try {
    await use(opened)
  } finally {
    await opened.connection.close()
    await database.destroy()
  }
}

async function open(database: TestDatabase) {
  const target = targetAt({ url: database.url, lockTimeout: '200ms' })
  const connection = await connectTo(target)
  const change = target.statement('change', Stock, {
    compares: true,
    sql: ({ sku, pieces, version }) => [
      sqlText`insert into changes values (${sku})`,
      sqlText`update stock set pieces = ${pieces}, version = version + 1 where sku = ${sku} and version = ${version}`,
    ],
  })
  return { connection, change }
}

for (const { name, skip, make } of products)
  describe(`sql statements that compare (${name})`, { skip }, () => {
    it('are refused as changed where they find nothing, alone of their batch, and leave nothing', async () => {
      const database = await make()
      await withStock(database, async ({ connection, change }) => {
        const answers = await sinkOf(connection, change).write(
          [
            outgoing('1', { sku: 'a', pieces: 9, version: 1 }),
            outgoing('2', { sku: 'b', pieces: 9, version: 7 }),
            outgoing('3', { sku: 'c', pieces: 9, version: 1 }),
            outgoing('4', { sku: 'a', pieces: 8, version: 1 }),
          ],
          never,
        )
        assert.deepEqual(
          answers.map(({ ok }) => ok),
          [true, false, true, false],
        )
        hasCode(answers[1], 'TARGET-CHANGED')
        hasCode(answers[3], 'TARGET-CHANGED')
        assert.deepEqual(await rowsOf(database), ['a 9 v2', 'b 10 v1', 'c 9 v2'])
        assert.equal((await database.run('select sku from changes')).length, 2)
      })
    })

    it('are good when they are repeated under their effect key, though the version is another one by then', async () => {
      const database = await make()
      await withStock(database, async ({ connection, change }) => {
        const item = outgoing('1', { sku: 'a', pieces: 9, version: 1 })
        for (let times = 0; times < 2; times++)
          assert.deepEqual(await sinkOf(connection, change).write([item], never), [{ ok: true }])
        assert.deepEqual(await rowsOf(database), ['a 9 v2', 'b 10 v1', 'c 10 v1'])
      })
    })

    it('refuse a branch before anything is promised', async () => {
      const database = await make()
      await withStock(database, async ({ connection, change }) => {
        const votes = participantOf(connection)
        const branch = (version: number) => {
          const id = `isth:compares:${name}:${version}:1`
          const work = [{ channel: change as never, data: { sku: 'a', pieces: 9, version } }]
          return { id, effectKey: id, alone: false, work }
        }
        await rejectsWith(votes.prepare(branch(7), never), 'TARGET-CHANGED')
        assert.deepEqual(await rowsOf(database), ['a 10 v1', 'b 10 v1', 'c 10 v1'])
        const { vote } = await votes.prepare(branch(1), never)
        assert.equal(vote, 'prepared')
        assert.equal(await votes.end(branch(1).id, 'commit'), 'committed')
        assert.deepEqual(await rowsOf(database), ['a 9 v2', 'b 10 v1', 'c 10 v1'])
      })
    })
  })
