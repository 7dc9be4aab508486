import type { TestContext } from 'node:test'
import { Type } from 'typebox'
import { type GraphqlChannels, type GraphqlOptions, graphql } from '../../src/connectors/graphql/index.ts'
import type { Delivery, Position } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import type { ConnectContext, Connection } from '../../src/system/connector.ts'
import type { AcceptOptions, Intake, Receipt } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { type Engine, ShopServer } from './graphql-shop.ts'
import { patientHttp } from './patience.ts'

export const Row = model('Row', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), text: Type.String() }),
})
export const Whole = model('Whole', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), text: Type.String(), at: Type.String() }),
})
export const Nothing = model('Nothing', { version: 1, schema: Type.Object({}) })

export type Shop = System & GraphqlChannels

export function graphqlShop(options: GraphqlOptions): Shop {
  return system('shop', { kind: 'crm', connector: graphql({ ...patientHttp, ...options }) })
}

/** A connection that ends with the test. */
export async function connectionOf(
  t: TestContext,
  owner: Shop,
  over: Parameters<typeof connectContext>[0] = {},
): Promise<Connection> {
  const context: ConnectContext = connectContext({ system: 'shop', ...over })
  const connection = await owner.connector.connect(context)
  t.after(() => connection.close())
  return connection
}

/** A running server that ends with the test. */
export async function startShop(t: TestContext, engine: Engine): Promise<ShopServer> {
  const server = new ShopServer(engine)
  await server.up()
  t.after(() => server.down())
  return server
}

/** Keeps what it accepts, once per id, and the position. Waits while `closed` is set. */
export class Kept implements Intake {
  readonly deliveries: Delivery[] = []
  readonly ids: (string | undefined)[] = []
  at: Position | undefined
  closed: Promise<void> | undefined

  get data(): unknown[] {
    return this.deliveries.map(({ data }) => data)
  }

  async accept(deliveries: readonly Delivery[], { position }: AcceptOptions = {}): Promise<Receipt[]> {
    await this.closed
    if (position !== undefined) this.at = position
    return deliveries.map(delivery => {
      const { id } = delivery
      const known = id !== undefined && this.ids.includes(id)
      if (!known) {
        this.ids.push(id)
        this.deliveries.push(delivery)
      }
      return { status: known ? 'duplicate' : 'accepted', id: String(id) }
    })
  }

  async position(): Promise<Position | undefined> {
    return this.at
  }
}

/** Runs a source until `done`, and then stops it; rejects with the error that it ends with. */
export async function runUntil<T>(
  connection: Connection,
  channel: SourceChannel<T>,
  intake: Intake,
  done: () => boolean,
): Promise<void> {
  if (!connection.source) throw new Error('no sources')
  const ending = new AbortController()
  const source = connection.source(channel as unknown as SourceChannel<unknown>)
  let over = false
  const running = source.run(intake, ending.signal).finally(() => {
    over = true
  })
  running.catch(() => {})
  await until(() => over || done())
  ending.abort()
  await running
}

/** Looks every few milliseconds, for at most 20 seconds. */
export async function until(done: () => boolean): Promise<void> {
  for (let left = 4000; left > 0; left--) {
    if (done()) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('it did not happen within 20 seconds')
}
