import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after } from 'node:test'
import { MessageChannel, Worker } from 'node:worker_threads'
import { remoteStore } from '../../src/store/shared/remote-store.ts'
import type { Store } from '../../src/store/store.ts'
import { describeStore } from '../../src/testing/describe-store.ts'
import type { Serve } from './store-thread.ts'

const thread = new Worker(join(import.meta.dirname, 'store-thread.ts'))
after(() => thread.terminate())

function served(data: string): Store {
  const { port1, port2 } = new MessageChannel()
  thread.postMessage({ data, port: port2 } satisfies Serve, [port2])
  return remoteStore(port1)
}

describeStore(
  'memory of another thread',
  async () => {
    const data = randomUUID()
    return { open: async () => served(data), destroy: async () => {} }
  },
  { durable: true, divided: true },
)
