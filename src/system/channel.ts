import type { Model } from '../model/model.ts'
import type { Effect } from './effect.ts'

/**
 * One address inside a system with the model that travels there. `options` belong to the connector that made the
 * channel, and only it reads them. A channel is plain frozen data; roles are played by an open connection.
 */
interface ChannelBase<R extends string, T> {
  readonly role: R
  readonly system: string
  readonly name: string
  readonly model: Model<T>
  readonly options: unknown
}

export interface SourceChannel<T> extends ChannelBase<'source', T> {
  /** Its system calls us: it may be played in several processes at a time, whichever is called. */
  readonly listens?: true | undefined
  /** Reads the bytes of a delivery that came without data. */
  readonly decode?: ((body: Uint8Array) => unknown) | undefined
}

export interface SinkChannel<T, E extends Effect = Effect> extends ChannelBase<'sink', T> {
  readonly effect: E
}

/** A sink whose writes can be a part of a transaction over several systems: its connection has a participant. */
export interface VotingChannel<T, E extends Effect = Effect> extends SinkChannel<T, E> {
  readonly votes: true
}

export interface RequesterChannel<I, O, E extends Effect = Effect> extends ChannelBase<'requester', I> {
  readonly answer: Model<O>
  readonly effect: E
}

// A channel takes what its model takes; for lists of channels of any model the type of the data does not matter.
// biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every channel
export type AnyChannel = SourceChannel<any> | SinkChannel<any> | RequesterChannel<any, any>

/** `system.channel`, unique in a landscape. */
export function channelId(channel: { readonly system: string; readonly name: string }): string {
  return `${channel.system}.${channel.name}`
}
