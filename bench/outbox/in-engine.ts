import {
  type Answer,
  type CarriedTopic,
  flow,
  idempotent,
  landscape,
  type Outgoing,
  type SinkChannel,
  type SourceChannel,
  type System,
  system,
  topic,
} from 'isthmus'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { processEnds } from '../connectors/runtime.ts'
import { plantDirectory } from '../support/plant.ts'
import { Numbered, Order } from './numbered.ts'

export const events = topic<Numbered>('events', Numbered)

/** By what the topic of a run is carried; nothing: by the store. */
export interface Carrier {
  readonly broker: System
  readonly carried: CarriedTopic<Numbered>
}

export interface Running {
  /** Resolves when the outcomes of all that was given are durable in every flow. Rejects at the first setback. */
  run(all: readonly Numbered[]): Promise<void>
  stop(): Promise<void>
}

const accepting = 500

/**
 * One flow publishes on the topic, from an SQLite store. If it is `read`, another one takes what is published to a sink in
 * this process, which refuses what comes out of order or twice.
 */
export async function runOutbox(carrier: Carrier | undefined, read: boolean): Promise<Running> {
  const directory = plantDirectory()
  const store = sqliteStore({ path: directory.path })
  const { ends, made, intake: opened } = processEnds()
  const order = new Order()
  const { target, arrived } = orderedEnd(order)
  const publishing = flow('publishing')
    .from(made as SourceChannel<Numbered>)
    .key(({ key }) => key)
    .to(events)
  const taking = flow('taking')
    .from(events.source)
    .key(({ key }) => key)
    .to(arrived)
  let ended = 0
  let given = 0
  let wanted = Promise.withResolvers<void>()
  const flows = read ? [publishing, taking] : [publishing]
  const systems = [ends, ...(read ? [target] : []), ...(carrier ? [carrier.broker] : [])]
  const topics = carrier ? [carrier.carried] : []
  const engine = await startEngine({
    landscape: landscape({ systems, flows, topics }),
    store,
    claim: await store.claim('bench'),
    host: realHost(directory.path),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => wanted.reject(error),
    watch(event) {
      if (event.type === 'setback') wanted.reject(new Error(`${event.code}: ${event.reason}`))
      if (event.type === 'source' && event.state === 'failed') wanted.reject(new Error(event.reason))
      if (event.type === 'ended' && ++ended === given * flows.length) wanted.resolve()
    },
  })
  const intake = await opened
  return {
    async run(all) {
      wanted = Promise.withResolvers()
      given += all.length
      for (let at = 0; at < all.length; at += accepting)
        await intake.accept(all.slice(at, at + accepting).map(data => ({ id: data.no, data })))
      await wanted.promise
      if (read) order.mustHave(given)
    },
    async stop() {
      await engine.stop()
      directory.remove()
    },
  }
}

function orderedEnd(order: Order) {
  const take = ({ data }: Outgoing): Answer => {
    order.take(data as Numbered)
    return { ok: true }
  }
  const connector = {
    name: 'ordered',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      sink: () => ({
        batch: 500,
        concurrency: 4,
        write: async (items: readonly Outgoing[]) => items.map(take),
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const arrived: SinkChannel<Numbered, typeof idempotent> = {
    role: 'sink',
    system: 'ordered',
    name: 'arrived',
    model: Numbered,
    effect: idempotent,
    options: undefined,
  }
  return { target: system('ordered', { kind: 'other', connector }), arrived }
}
