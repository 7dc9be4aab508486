import { randomUUID } from 'node:crypto'
import { join as joinPath } from 'node:path'
import { after } from 'node:test'
import { MessageChannel, Worker } from 'node:worker_threads'
import { realHost } from '../../src/engine/host.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { remoteStore } from '../../src/store/shared/remote-store.ts'
import { type SharedStore, shareStore } from '../../src/store/shared/share-store.ts'
import type { Store } from '../../src/store/store.ts'
import { describeMembers } from '../../src/testing/describe-members.ts'
import type { Serve } from './store-thread.ts'

const thread = new Worker(joinPath(import.meta.dirname, 'store-thread.ts'))
after(() => thread.terminate())

describeMembers('memory, shared in this thread', async () => {
  let made: Promise<SharedStore> | undefined
  const make = async (partitions: number) => {
    const store = memoryStore()
    return shareStore(store, await store.claim('test', { partitions }), realHost())
  }
  return {
    join: async (member, options) => {
      made ??= make(options.partitions ?? 16)
      const store = await made
      const membership = await store.join(member, options)
      return { membership, store, kill: async () => {}, close: async () => {} }
    },
    destroy: async () => (await made)?.close(),
  }
})

describeMembers('memory, shared by another thread', async () => {
  const data = randomUUID()
  let shared: number | undefined
  const served = (): Store => {
    const { port1, port2 } = new MessageChannel()
    thread.postMessage({ data, shared: shared ?? 16, port: port2 } satisfies Serve, [port2])
    return remoteStore(port1)
  }
  return {
    join: async (member, options) => {
      shared ??= options.partitions ?? 16
      const store = served()
      const membership = await store.join?.(member, options)
      if (membership === undefined) throw new Error('a served store can be joined')
      return { membership, store, kill: () => store.close(), close: () => store.close() }
    },
    destroy: async () => {},
  }
})
