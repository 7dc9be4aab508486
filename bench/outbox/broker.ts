import type { TestServer } from '../../scripts/servers/server.ts'
import type { Servers } from '../connectors/comparison.ts'
import { sideBySide } from '../connectors/comparison.ts'
import type { Carrier } from './in-engine.ts'
import type { Numbered, Order } from './numbered.ts'

/** A broker that carries the topic, and its client alone. */
export interface Broker {
  readonly name: string
  readonly server: TestServer
  /** Places of its own, empty, for one run. */
  open(servers: Servers): Promise<OpenBroker>
}

export interface OpenBroker extends Carrier {
  /** By the client alone, with the headers of an event; resolves when the broker has it, in this order. */
  publish(some: readonly Numbered[]): Promise<void>
  /** Most in one call of `publish`, as in one of the channel. */
  readonly batch: number
  /** By the client alone, each into the order: from the beginning of what was published. Runs until `close`. */
  read(order: Order): Promise<void>
  /** Deletes the places. */
  close(): Promise<void>
}

/** Two calls at a time, as the channel makes; those of one key are in the same half, one after the other. */
export async function publishInOrder(broker: OpenBroker, all: readonly Numbered[]): Promise<void> {
  const halves: Numbered[][] = [[], []]
  for (const event of all) halves[Number(event.key.slice(2)) % 2]?.push(event)
  await sideBySide(2, halves, async half => {
    for (let at = 0; at < half.length; at += broker.batch)
      await broker.publish(half.slice(at, at + broker.batch))
  })
}
