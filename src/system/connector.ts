import type { Json } from '../message/json-value.ts'
import type { AnyChannel, RequesterChannel, SinkChannel, SourceChannel } from './channel.ts'
import type { Participant, Requester, Sink, Source } from './roles.ts'
import type { RouteTable } from './route.ts'
import type { Setting } from './setting.ts'
import type { Warehouse } from './warehouse.ts'

/**
 * What we know about one technology. Making a connector does nothing yet: it is configuration. Its factories of
 * channels become members of the system that uses it: `mes.webhook(...)`.
 */
export interface Connector<C extends object = object> {
  readonly name: string
  /** The configuration as shown to people: without secrets. */
  readonly summary: Readonly<Record<string, unknown>>
  channels(system: string): C
  /** Opens; called again, with a pause, after it rejected. */
  connect(context: ConnectContext): Promise<Connection>
  /** Where a channel that carries events is, to describe it to others; undefined for one that carries none. */
  address?(channel: AnyChannel): ChannelAddress | undefined
}

/** In the words of AsyncAPI 3. Settings are named, not resolved. */
export interface ChannelAddress {
  /** `kafka`, `amqp`, `mqtt`, `http`, ... */
  readonly protocol: string
  /** Of the server: name and port, as it is configured. Undefined where it is Isthmus itself. */
  readonly host?: string | undefined
  /** Topic, queue, exchange or path. */
  readonly address: string
  /** What AsyncAPI's bindings of the protocol say of a channel. */
  readonly bindings?: Readonly<Record<string, Json>> | undefined
}

/** An opened connector. Role methods throw FLOW-DEFINITION for a channel of another connector. */
export interface Connection {
  source?(channel: SourceChannel<unknown>): Source
  sink?(channel: SinkChannel<unknown>): Sink
  requester?(channel: RequesterChannel<unknown, unknown>): Requester
  /** For channels that vote: all of them are one participant. Throws FLOW-DEFINITION where the product cannot vote. */
  participant?(): Participant
  /** For databases in which pipelines build tables. */
  warehouse?(): Warehouse
  /** Resolves if the system can be reached and accepts us; else rejects with the reason. Has no effect on it. */
  check(): Promise<void>
  /** Ends what is open, after the calls under way. */
  close(): Promise<void>
}

export interface ConnectContext {
  readonly system: string
  /** The HTTP listener of this process, for sources that are called. */
  readonly routes: RouteTable
  /** The value of a setting; throws CONFIG-MISSING with its name when there is none. Keep it out of errors and logs. */
  resolve(setting: Setting): string
  /**
   * For sources that call their system: waits until it may be called, as its quota and its circuit breaker say, and
   * rejects when the signal aborts. What came of the call is told to the function that this gives: nothing, or the
   * error. Calls of sinks and requesters are governed by the engine and do not ask.
   */
  turn(signal: AbortSignal): Promise<(error?: unknown) => void>
  /** Whether this system may be reached at an IPv4 or IPv6 address: checked on the address that a name resolved to. */
  allows(address: string): boolean
  /** Milliseconds since 1970 UTC. */
  now(): number
  log(level: 'info' | 'warn', text: string): void
}
