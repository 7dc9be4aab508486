import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EngineOptions } from '../../src/engine/engine.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { plantDirectory } from '../support/plant.ts'
import type { Databases } from './database.ts'
import { secondsOf } from './usage.ts'

/** A new store, and what it has cost so far. */
export interface GrowthStore {
  readonly store: Store
  readonly claim: EngineOptions['claim']
  /** Seconds of processor time of its server, if it has one. */
  serverCpu(): number
  /** What was accepted does not weigh on what follows. */
  rest(): Promise<void>
  /** Ends it, and gives what was written and asked since it was made; `written`: bytes. */
  end(): Promise<{ readonly written: number; readonly syncs?: number; readonly transactions?: number }>
}

const name = 'isthmus_bench_growth'

/** Written is what went into the log of the server. */
export async function onPostgres(databases: Databases, partitions: number): Promise<GrowthStore> {
  const url = await databases.fresh(name)
  const server = await databases.server()
  const store = postgresStore({ url })
  const member = { id: randomUUID(), name: 'bench', roles: ['worker', 'scheduler'] as const, version: '0' }
  const claim = await store.join?.(member, { partitions })
  if (!claim) throw new Error('nobody can join this store')
  const before = await databases.counted(name)
  return {
    store,
    claim,
    serverCpu: () => secondsOf(server === undefined ? [] : [server]),
    rest: () => databases.rest(),
    async end() {
      await store.close()
      await databases.deserted(name)
      const { logBytes, syncs, transactions } = await databases.counted(name)
      await databases.drop(name)
      return {
        written: logBytes - before.logBytes,
        syncs: syncs - before.syncs,
        transactions: transactions - before.transactions,
      }
    },
  }
}

/** Written is all that this process has written, into the log of SQLite and its tables. */
export async function embedded(partitions: number): Promise<GrowthStore> {
  const directory = plantDirectory()
  const store = sqliteStore({ path: directory.path })
  const claim = await store.claim('bench', { partitions })
  const before = writtenHere()
  return {
    store,
    claim,
    serverCpu: () => 0,
    rest: async () => {},
    async end() {
      await store.close()
      const written = writtenHere() - before
      directory.remove()
      return { written }
    },
  }
}

/** Bytes, by the kernel's count. */
function writtenHere(): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}
