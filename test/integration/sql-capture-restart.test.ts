import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applied, testCapture } from './capture-harness.ts'
import { type Cluster, makeCluster, withoutCluster } from './sql-cluster.ts'
import { postgresDatabase, type TestDatabase, until } from './sql-harness.ts'

const options = { skip: withoutCluster, timeout: 240_000 }

async function withCluster(use: (cluster: Cluster, database: TestDatabase) => Promise<void>): Promise<void> {
  const cluster = await makeCluster()
  try {
    await cluster.start()
    const database = await postgresDatabase(cluster.url)
    await database.run('create table items (id integer primary key, text text, amount numeric)')
    await use(cluster, database)
  } finally {
    await cluster.destroy()
  }
}

describe('sql capture whose server has trouble', options, () => {
  it('keeps every change once, in order, through stops of the server and the death of its sender', async () => {
    await withCluster(async (cluster, database) => {
      const capture = testCapture(database)
      void capture.start()
      await until(() => capture.kept.stored !== undefined)
      let last = 0
      let ending = false
      const write = async () => {
        while (!ending) {
          const n = last + 1
          const done = await database
            .run(`insert into items values (${n}, 'x'), (${n + 1}, 'y') on conflict do nothing`)
            .catch(() => undefined)
          if (done) last = n + 1
          else await new Promise(resolve => setTimeout(resolve, 20))
        }
      }
      const writing = write()
      for (const trouble of ['sender', 'fast', 'immediate'] as const) {
        await capture.count(capture.kept.deliveries.length + 50)
        if (trouble === 'sender')
          await database.run('select pg_terminate_backend(active_pid) from pg_replication_slots where active')
        else {
          await cluster.stop(trouble)
          await cluster.start()
        }
      }
      await capture.count(capture.kept.deliveries.length + 50)
      ending = true
      await writing
      await capture.count(last)
      await capture.stop()
      assert.deepEqual(
        capture.kept.changes.map(({ row }) => row?.id),
        Array.from({ length: last }, (_, n) => n + 1),
      )
      assert.equal(applied(capture.kept.changes).length, last)
    })
  })

  it('does not go on when the server had to throw its log away', async () => {
    await withCluster(async (_cluster, database) => {
      const capture = testCapture(database)
      void capture.start()
      await until(() => capture.kept.stored !== undefined)
      await capture.stop()
      await database.run("alter system set max_slot_wal_keep_size = '1MB'")
      await database.run('select pg_reload_conf()')
      await until(async () => (await capture.slotState())?.active === false)
      while ((await capture.slotState())?.wal_status !== 'lost') {
        await database.run('insert into items values (1) on conflict do nothing')
        await database.run('select pg_switch_wal()')
        await database.run('checkpoint')
      }
      const error = await capture.start().then(
        () => undefined,
        error => error,
      )
      assert.equal(error.code, 'SOURCE-GAP')
      assert.match(error.message, /invalidated/)
    })
  })

  it('lets the server forget what happens in other databases, while its own is quiet', async () => {
    await withCluster(async (_cluster, database) => {
      const capture = testCapture(database)
      void capture.start({ heartbeat: '1s' })
      await until(() => capture.kept.stored !== undefined)
      await database.run('create database busy')
      const before = await database.run('select pg_current_wal_lsn()::text as lsn')
      const passed = async () => {
        const text =
          'select confirmed_flush_lsn > $1::pg_lsn as is from pg_replication_slots where slot_name = $2'
        return (await database.run(text, [String(before[0]?.lsn), capture.slot]))[0]?.is === true
      }
      await until(passed)
      await capture.stop()
      assert.equal(capture.kept.deliveries.length, 0)
    })
  })
})
