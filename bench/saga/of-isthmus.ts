import {
  flow,
  type Intake,
  idempotent,
  landscape,
  type Model,
  type RequesterChannel,
  type SourceChannel,
  saga,
  system,
} from 'isthmus'
import { rest } from 'isthmus/rest'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { processEnds } from '../connectors/runtime.ts'
import { plantDirectory } from '../support/plant.ts'
import { Order, paths, Receipt, requestOf, undoPaths } from './order.ts'

export interface OfIsthmus {
  /** From being accepted until its end is durable. */
  run(order: Order): Promise<string>
  /** Milliseconds from one durable change of a saga to the next: each is one step that was called and journaled. */
  readonly steps: number[]
  stop(): Promise<void>
}

/** An engine as `isthmus start` runs it: a source in this process, a flow that starts sagas, `rest`, an SQLite store. */
export async function ofIsthmus(url: string, width: number): Promise<OfIsthmus> {
  const { ends, made, intake: opened } = processEnds()
  const directory = plantDirectory()
  const store = sqliteStore({ path: directory.path })
  const { shop, selling } = sagaAt(url, width)
  const flowOfOrders = flow('orders')
    .from(made as SourceChannel<Order>)
    .to(selling)
  const waiting = new Map<string, (status: string) => void>()
  const changes = new Map<string, number>()
  const steps: number[] = []
  const fail = (error: unknown): never => {
    console.error(error)
    process.exit(5)
  }
  const engine = await startEngine({
    landscape: landscape({ systems: [ends, shop], flows: [flowOfOrders], sagas: [selling] }),
    store,
    claim: await store.claim('bench'),
    host: realHost(directory.path),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: fail,
    watch(event) {
      if (event.type === 'setback') fail(new Error(`${event.code}: ${event.reason}`))
      if (event.type !== 'saga') return
      const { key, status } = event
      const now = performance.now()
      const before = changes.get(key)
      if (before !== undefined) steps.push(now - before)
      changes.set(key, now)
      if (status === 'needs person') fail(new Error(`${key}: ${event.reason}`))
      if (status !== 'completed' && status !== 'compensated') return
      changes.delete(key)
      waiting.get(key)?.(status)
      waiting.delete(key)
    },
  })
  const intake: Intake = await opened
  return {
    steps,
    async run(order) {
      const ended = new Promise<string>(resolve => waiting.set(order.no, resolve))
      await intake.accept([{ id: order.no, data: order }])
      return await ended
    },
    async stop() {
      await engine.stop()
      directory.remove()
    },
  }
}

function sagaAt(url: string, width: number) {
  const shop = system('shop', { kind: 'erp', allow: ['loopback'], connector: rest({ url }) })
  const Anything: Model<unknown> = Order as never
  const post = (path: string) =>
    shop.operation(path.slice(1), {
      method: 'POST',
      path,
      request: Anything,
      response: Receipt,
      effect: idempotent,
      body: ({ data }) => requestOf(path, data as Order),
      concurrency: width,
    }) as RequesterChannel<Order, Receipt, typeof idempotent>
  const [reserve, charge, ship, confirm] = paths.map(post) as [Posted, Posted, Posted, Posted]
  const [release, refund, recall] = undoPaths.map(post) as [Posted, Posted, Posted]
  const selling = saga('selling', Order)
    .step('reserve', reserve, s => s.input)
    .undo(release, s => s.input)
    .step('charge', charge, s => s.input)
    .undo(refund, s => s.input)
    .step('ship', ship, s => s.input)
    .undo(recall, s => s.input)
    .step('confirm', confirm, s => s.input)
  return { shop, selling }
}

type Posted = RequesterChannel<Order, Receipt, typeof idempotent>
