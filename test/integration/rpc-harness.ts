import type { TestContext } from 'node:test'
import { type RpcChannels, type RpcOptions, rpc } from '../../src/connectors/rpc/index.ts'
import type { RequesterChannel, SinkChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { Answer, Outgoing, Requester, Sink } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { contextOf } from './http-harness.ts'
import { patientHttp } from './patience.ts'

const never = new AbortController().signal

export function rpcShop<S = undefined>(options: RpcOptions<S>): System & RpcChannels<S> {
  return system('shop', { kind: 'erp', connector: rpc({ ...patientHttp, ...options }) })
}

/** A connection that ends with the test. */
export async function connected<S = undefined>(
  t: TestContext,
  options: RpcOptions<S>,
  secrets: Record<string, string> = {},
) {
  const owner = rpcShop(options)
  const connection = await owner.connector.connect(contextOf({ secrets }))
  t.after(() => connection.close())
  return { owner, connection }
}

export function ask<I, O>(
  connection: Connection,
  channel: RequesterChannel<I, O>,
  items: readonly Outgoing[],
): Promise<Answer<unknown>[]> {
  return requesterOf(connection, channel).ask(items, never)
}

export function write<T>(
  connection: Connection,
  channel: SinkChannel<T>,
  items: readonly Outgoing[],
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
