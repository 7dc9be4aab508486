import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { describeStore } from '../../src/testing/describe-store.ts'
import type { StreamDamage } from '../../src/testing/store-suite/fixture.ts'

describeStore(
  'memory',
  async () => {
    const state = memoryState()
    return { open: async () => memoryStore(state), destroy: async () => {} }
  },
  { durable: true, divided: true },
)

describeStore(
  'sqlite',
  async () => {
    const parent = await mkdtemp(join(tmpdir(), 'isthmus-store-'))
    const path = join(parent, 'data')
    return {
      open: async () => sqliteStore({ path, ballastBytes: 4096 }),
      destroy: () => rm(parent, { recursive: true }),
      elsewhere: () => claimElsewhere(path),
      damage: (what, { key }, version) => damageSqlite(join(path, 'journal.db'), what, key, version),
    }
  },
  { durable: true, divided: true },
)

async function damageSqlite(file: string, what: StreamDamage, key: string, version: number): Promise<void> {
  const db = new DatabaseSync(file)
  const stream = db.prepare('select no from streams where key = ?').get(key)?.no ?? null
  const of = `stream = ${stream} and version = ${version}`
  const data = (n: number) =>
    db.prepare('select data, prev, crc from events where stream = ? and version = ?').get(stream, n)
  const [here, before] = [data(version), data(version - 1)]
  if (what === 'data-changed') db.exec(`update events set data = replace(data, '3', '4') where ${of}`)
  else if (what === 'removed') db.exec(`delete from events where ${of}`)
  else if (what === 'state-changed') db.exec(`update streams set state = 'other' where no = ${stream}`)
  else if (what === 'snapshot-changed') db.exec(`update snapshots set data = '2' where stream = ${stream}`)
  else
    for (const [n, row] of [
      [version, before],
      [version - 1, here],
    ] as const)
      db.prepare('update events set data = ?, prev = ?, crc = ? where stream = ? and version = ?').run(
        ...[row?.data ?? null, row?.prev ?? null, row?.crc ?? null, stream, n],
      )
  db.close()
}

async function claimElsewhere(path: string): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'claim-sqlite.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), exit])
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}
