import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { allOk } from '../../src/testing/sink-suite/scenario.ts'
import {
  batchOf,
  connectTo,
  countBatches,
  never,
  products,
  rowsChannel,
  rowsTable,
  sinkOf,
  type TestDatabase,
  targetAt,
  until,
  waiting,
} from './sql-harness.ts'

const writer = fileURLToPath(new URL('./sql-writer.ts', import.meta.url))

for (const product of products) {
  describe(`sql sink whose process is killed (${product.name})`, { skip: product.skip }, () => {
    it('has written each batch wholly or not at all, and once when it is repeated', async () => {
      const database = await product.make()
      await database.run(rowsTable)
      let last = 0
      for (let life = 1; life <= 6; life++) {
        const child = fork(writer, [database.url, String(last + 1)])
        child.on('message', batch => {
          last = Number(batch)
        })
        await until(() => last >= life * 4)
        await new Promise(resolve => setTimeout(resolve, life))
        await kill(child)
        await settled(database)
        const { counts, seen } = await countBatches(database)
        for (const count of counts) assert.equal(count, 500)
        assert.ok(counts.length === last || counts.length === last - 1, `${counts.length} of ${last}`)
        assert.equal(seen, 1)
        await repeat(database, last)
        const repeated = await countBatches(database)
        assert.deepEqual([repeated.counts.length, repeated.seen], [last, 1])
      }
      await database.destroy()
    })
  })
}

for (const product of products.filter(({ name }) => name !== 'SQLite'))
  describe(`sql sink killed in the middle of a batch (${product.name})`, { skip: product.skip }, () => {
    it('has written none of it when half of it was applied', async () => {
      const database = await product.make()
      await database.run(rowsTable)
      // Somebody else has written row 250 and not committed it: there the batch stops.
      const other = await database.session()
      await other.run('begin')
      await other.run("insert into written values ('1-250', 1, 'x', 1)")
      const child = fork(writer, [database.url, '1'])
      await until(async () => (await waiting(database)) > 0)
      await kill(child)
      assert.equal((await countBatches(database)).counts.length, 0)
      await other.run('rollback')
      await other.end()
      await settled(database)
      const { counts } = await countBatches(database)
      assert.ok(counts.length === 0 || counts[0] === 500, `${counts[0]} of 500`)
      await repeat(database, 1)
      assert.deepEqual(await countBatches(database), { counts: [500], seen: 1 })
      await database.destroy()
    })
  })

/** The same once more under the same keys, as the engine of a restarted process does. */
async function repeat(database: TestDatabase, batch: number): Promise<void> {
  const target = targetAt({ url: database.url })
  const connection = await connectTo(target)
  allOk(await sinkOf(connection, rowsChannel(target)).write(batchOf(batch), never))
  await connection.close()
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Until the server, too, has done with what the killed process had sent. */
async function settled(database: TestDatabase): Promise<void> {
  if (database.product === 'SQLite') return
  if (database.product === 'MariaDB')
    return until(async () => {
      const sessions = await database.run(
        'select id from information_schema.processlist where db = database() and id <> connection_id()',
      )
      return sessions.length === 0
    })
  await until(async () => {
    const sessions = await database.run(
      `select state from pg_stat_activity where application_name = current_setting('application_name')
      and pid <> pg_backend_pid() and state <> 'idle'`,
    )
    return sessions.length === 0
  })
}
