import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasCode } from '../../src/testing/sink-suite/scenario.ts'
import { makeCluster, withoutCluster } from './sql-cluster.ts'
import {
  batchOf,
  connectTo,
  countBatches,
  never,
  postgresDatabase,
  rowsChannel,
  rowsTable,
  sinkOf,
  targetAt,
  until,
} from './sql-harness.ts'

describe('sql sink whose server is restarted under load', { skip: withoutCluster }, () => {
  it('writes every batch once, through orderly and disorderly stops and a crash of a session', async () => {
    const cluster = await makeCluster()
    await cluster.start()
    try {
      const database = await postgresDatabase(cluster.url)
      await database.run(rowsTable)
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      const sink = sinkOf(connection, rowsChannel(target))
      let written = 0
      let failures = 0
      let ending = false

      /** Repeats what is not written under the same keys, as an engine does. */
      const lane = async (own: number) => {
        for (let batch = own; !ending; batch += 2) {
          let left = batchOf(batch)
          while (left.length > 0) {
            const answers = await sink
              .write(left, never)
              .catch(error => left.map(() => ({ ok: false as const, error })))
            for (const answer of answers)
              if (!answer.ok) hasCode(answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
            left = left.filter((_, index) => !answers[index]?.ok)
            if (left.length > 0) failures++
            if (left.length > 0) await new Promise(resolve => setTimeout(resolve, 20))
          }
          written++
        }
      }
      const lanes = Promise.all([lane(1), lane(2)])

      for (const mode of ['fast', 'immediate', 'crash'] as const) {
        const before = written
        await until(() => written > before + 2)
        if (mode === 'crash') {
          const sessions = await database.run(
            `select pid from pg_stat_activity where application_name = current_setting('application_name')
            and pid <> pg_backend_pid()`,
          )
          cluster.killSession(Number(sessions[0]?.pid))
        } else {
          await cluster.stop(mode)
          const failed = failures
          await until(() => failures > failed)
          await cluster.start()
        }
        const after = written
        await until(() => written > after + 2)
      }
      ending = true
      await lanes
      assert.ok(failures > 0)
      const { counts, seen } = await countBatches(database)
      assert.deepEqual([counts.length, seen], [written, 1])
      for (const count of counts) assert.equal(count, 500)
      await connection.close()
    } finally {
      await cluster.destroy()
    }
  })
})
