import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { describeStore } from '../../src/testing/describe-store.ts'

describeStore(
  'memory',
  async () => {
    const state = memoryState()
    return { open: async () => memoryStore(state), destroy: async () => {} }
  },
  { durable: true },
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
    }
  },
  { durable: true },
)

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
