import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import type { Store } from '../../src/store/store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from './postgres-fixture.ts'
import { inTemporary, needsStrace, runVictim } from './sqlite-processes.ts'
import { requireStreams } from './stream-traffic.ts'

const program = 'stream-victim.ts'
const open = (path: string) => sqliteStore({ path, ballastBytes: 4096 })

/** Kills the victim when it has said so many lines. Gives all that it said. */
async function killedAfter(count: number, args: readonly string[]): Promise<string[]> {
  const file = join(import.meta.dirname, program)
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGKILL')
  }
  await closed
  assert.ok(!lines.includes('end'), 'the process was killed')
  return lines
}

async function recovered(store: Store, lines: readonly string[]): Promise<void> {
  try {
    await requireStreams(store, lines)
  } finally {
    await store.close()
  }
}

describe('a kill while streams are appended to', () => {
  for (const count of [2, 17, 60])
    it(`loses nothing answered in SQLite when it comes after ${count} answers`, () =>
      inTemporary(async path => {
        const lines = await killedAfter(count, [path, '1000', '6'])
        await recovered(open(path), lines)
        assert.deepEqual(verifySqliteStore(path), [])
      }))

  // Within the first append, its sync, and some later writes and syncs.
  for (const n of [66, 78, 79, 80, 91, 102, 300])
    it(`loses nothing answered when it comes at change ${n} of the log`, { skip: needsStrace }, () =>
      inTemporary(async directory => {
        const inject = `pwrite64,fsync,fdatasync,ftruncate,unlink,rename:signal=KILL:when=${n}`
        const path = join(directory, 'journal.db-wal')
        const { lines } = await runVictim({ directory, inject, path, count: 30, program })
        assert.ok(!lines.includes('end'), 'the process was killed')
        await recovered(open(directory), lines)
        assert.deepEqual(verifySqliteStore(directory), [])
      }),
    )

  for (const count of [2, 17, 60])
    it(`loses nothing answered in PostgreSQL when it comes after ${count} answers`, {
      skip: withoutPostgres,
    }, async () => {
      const schema = freshSchema()
      try {
        const lines = await killedAfter(count, [testUrl, '1000', '6', '1', schema])
        await recovered(postgresStore({ url: testUrl, schema }), lines)
      } finally {
        await dropSchema(schema)
      }
    })
})
