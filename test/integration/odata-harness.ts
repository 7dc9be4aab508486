import type { TestContext } from 'node:test'
import { type OdataChannels, type OdataOptions, odata } from '../../src/connectors/odata/index.ts'
import type { RequesterChannel, SinkChannel, SourceChannel } from '../../src/system/channel.ts'
import type { ConnectContext, Connection } from '../../src/system/connector.ts'
import type { Answer, Outgoing, Requester, Sink, Source } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { patientHttp } from './patience.ts'

const never = new AbortController().signal

export function odataShop(options: OdataOptions): System & OdataChannels {
  return system('shop', { kind: 'erp', connector: odata({ ...patientHttp, ...options }) })
}

export function openOdata(
  owner: System,
  over: Partial<ConnectContext> & { settings?: Record<string, string> } = {},
): Promise<Connection> {
  return owner.connector.connect(connectContext({ system: 'shop', ...over }))
}

/** A connection that ends with the test. */
export async function connected(
  t: TestContext,
  options: OdataOptions,
  over: Partial<ConnectContext> & { settings?: Record<string, string> } = {},
) {
  const owner = odataShop(options)
  const connection = await openOdata(owner, over)
  t.after(() => connection.close())
  return { owner, connection }
}

export function ask<I, O>(
  connection: Connection,
  channel: RequesterChannel<I, O>,
  ...items: readonly Outgoing[]
): Promise<Answer<unknown>[]> {
  return requesterOf(connection, channel).ask(items, never)
}

export function write<T>(
  connection: Connection,
  channel: SinkChannel<T>,
  ...items: readonly Outgoing[]
): Promise<Answer[]> {
  return sinkOf(connection, channel).write(items, never)
}

export function requesterOf<I, O>(connection: Connection, channel: RequesterChannel<I, O>): Requester {
  if (!connection.requester) throw new Error('no requesters')
  return connection.requester(channel as unknown as RequesterChannel<unknown, unknown>)
}

export function sinkOf<T>(connection: Connection, channel: SinkChannel<T>): Sink {
  if (!connection.sink) throw new Error('no sinks')
  return connection.sink(channel as unknown as SinkChannel<unknown>)
}

export function sourceOf<T>(connection: Connection, channel: SourceChannel<T>): Source {
  if (!connection.source) throw new Error('no sources')
  return connection.source(channel as unknown as SourceChannel<unknown>)
}
