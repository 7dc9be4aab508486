import { join } from 'node:path'
import { IsthmusError } from '../../errors.ts'
import type { Store } from '../store.ts'
import { Health } from './health.ts'
import { Reads } from './reads.ts'
import { WriterClient } from './writer-client.ts'

export interface SqliteStoreOptions {
  /** A directory on a local disk, for this store alone; created when the store is claimed. */
  readonly path: string
  /** Bytes kept free on the disk for finishing what was accepted when the disk is full. 16 MiB unless told. */
  readonly ballastBytes?: number
}

/**
 * The store in files of one directory. One process owns it, and writes in a thread of its own; any process of the
 * same machine may read. After STORE-FAILED every call fails with it: the process must end, and the next start
 * decides what was kept.
 */
export function sqliteStore({ path, ballastBytes = 16 * 2 ** 20 }: SqliteStoreOptions): Store {
  let writer: WriterClient | undefined
  let closing: Promise<void> | undefined
  const health = new Health(path)
  const reads = new Reads(join(path, 'journal.db'), health)
  const owned = (): WriterClient => {
    health.requireAlive()
    if (writer !== undefined && closing === undefined) return writer
    const text = `the store in ${path} is not claimed, or was closed: claim it first`
    throw new IsthmusError('STORE-UNAVAILABLE', text)
  }
  return {
    claim: async (owner, options = {}) => {
      const candidate = new WriterClient({ directory: path, ballastBytes }, health)
      const claim = await candidate.claim(owner, options)
      writer = candidate
      return claim
    },
    accept: async (messages, position) => await owned().accept(messages, position),
    settle: async settlement => await owned().settle(settlement),
    append: async (appends, token) => await owned().append(appends, token),
    retire: async limits => await owned().retire(limits),
    read: reads.reader(),
    close: async how => {
      reads.close()
      closing ??= writer?.close(how)
      await closing
    },
  }
}
