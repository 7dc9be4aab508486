import type { MessagePort } from 'node:worker_threads'
import { parentPort } from 'node:worker_threads'
import { realHost } from '../../src/engine/host.ts'
import { type MemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { serveStore } from '../../src/store/shared/serve-store.ts'
import { shareStore } from '../../src/store/shared/share-store.ts'
import type { Store } from '../../src/store/store.ts'

/** What a test asks of this thread: to open a store in memory, of this name, and to serve it. */
export interface Serve {
  readonly data: string
  /** In how many shares members divide the keys of a store that they share; claimed by this thread then. */
  readonly shared?: number
  readonly port: MessagePort
}

const memory = new Map<string, MemoryState>()
const sharedStores = new Map<string, Promise<Store>>()

parentPort?.on('message', async ({ data, shared, port }: Serve) => {
  if (shared !== undefined) {
    const store = sharedStores.get(data) ?? share(shared)
    sharedStores.set(data, store)
    return serveStore(await store, port)
  }
  const state = memory.get(data) ?? memoryState()
  memory.set(data, state)
  const store = memoryStore(state)
  serveStore(store, port)
  port.on('close', () => store.close())
})

async function share(partitions: number): Promise<Store> {
  const store = memoryStore()
  return shareStore(store, await store.claim('thread', { partitions }), realHost())
}
