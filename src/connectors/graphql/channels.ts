import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, type EffectKind, probed, read } from '../../system/effect.ts'
import { noAnswer, OwnChannels } from '../own-channels.ts'
import type { CallSettings } from './call.ts'
import type {
  ListOptions,
  ListQuery,
  MutationOptions,
  Probe,
  QueryOptions,
  RequestOptions,
  SubscribeOptions,
  Variables,
} from './config.ts'
import { listNames, mutateNames, queryNames, sendNames, subscribeNames } from './names.ts'

/** What a system with this connector can declare. A channel with a probe has it in its effect contract. */
export interface GraphqlChannels {
  /** A requester: the answer is checked against its model. */
  query<I, O, V = Variables>(
    name: string,
    options: QueryOptions<I, O, V>,
  ): RequesterChannel<I, O, typeof read>
  /** A requester: a mutation whose answer is checked against its model. */
  mutate<I, K extends EffectKind, O = null, V = Variables>(
    name: string,
    options: RequestOptions<I, O, K, V> & { readonly probe: Probe<I, O> },
  ): RequesterChannel<I, O, Effect<K, true>>
  mutate<I, K extends EffectKind, O = null, V = Variables>(
    name: string,
    options: RequestOptions<I, O, K, V> & { readonly probe?: undefined },
  ): RequesterChannel<I, O, Effect<K, false>>
  /** A sink: a mutation whose answer does not matter, but must come. */
  send<T, K extends EffectKind, V = Variables>(
    name: string,
    model: Model<T>,
    options: MutationOptions<T, K, V> & { readonly probe: Probe<T> },
  ): SinkChannel<T, Effect<K, true>>
  send<T, K extends EffectKind, V = Variables>(
    name: string,
    model: Model<T>,
    options: MutationOptions<T, K, V> & { readonly probe?: undefined },
  ): SinkChannel<T, Effect<K, false>>
  /** A source: a list is read again and again. A record that was delivered comes again when its content is another. */
  list<T>(name: string, model: Model<T>, options: ListOptions<T>): SourceChannel<T>
  /** A source: the events of a subscription. */
  subscribe<T>(name: string, model: Model<T>, options: SubscribeOptions<T>): SourceChannel<T>
}

export type Settings =
  | ({ readonly role: 'call' } & CallSettings)
  | ({ readonly role: 'list' } & ListOptions)
  | ({ readonly role: 'subscribe' } & SubscribeOptions)

export const ownChannels = new OwnChannels<Settings>('graphql')

/** `declared` is told every channel that is made. */
export function graphqlChannels(system: string, declared: (channel: AnyChannel) => void): GraphqlChannels {
  const channel = (parts: { [part: string]: unknown; name: string }, options: object) => {
    const whole = ownChannels.make(system, { ...parts, options: options as Settings })
    declared(whole as unknown as AnyChannel)
    return whole
  }
  const requester = (name: string, given: RequestOptions & { kind: CallSettings['kind']; probe?: Probe }) => {
    const { request, response = noAnswer, probe, effect } = given
    const parts = { role: 'requester', name, model: request, answer: response }
    return channel({ ...parts, effect: probe ? probed(effect) : effect }, { role: 'call', ...given })
  }
  const channels = {
    query(name: string, options: QueryOptions) {
      checkOptionNames(channelId({ system, name }), options, queryNames)
      return requester(name, { ...options, kind: 'query', effect: read })
    },
    mutate(name: string, options: RequestOptions & { probe?: Probe }) {
      checkOptionNames(channelId({ system, name }), options, mutateNames)
      return requester(name, { ...options, kind: 'mutation' })
    },
    send(name: string, model: Model<unknown>, options: MutationOptions & { probe?: Probe }) {
      checkOptionNames(channelId({ system, name }), options, sendNames)
      const effect = options.probe ? probed(options.effect) : options.effect
      const settings = { role: 'call', ...options, request: model, kind: 'mutation' }
      return channel({ role: 'sink', name, model, effect }, settings)
    },
    list(name: string, model: Model<unknown>, options: ListOptions) {
      checkOptionNames(channelId({ system, name }), options, listNames)
      checkList(channelId({ system, name }), options)
      return channel({ role: 'source', name, model }, { role: 'list', ...options })
    },
    subscribe(name: string, model: Model<unknown>, options: SubscribeOptions) {
      checkOptionNames(channelId({ system, name }), options, subscribeNames)
      checkSubscription(channelId({ system, name }), options)
      return channel({ role: 'source', name, model }, { role: 'subscribe', ...options })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as GraphqlChannels
}

function checkList(
  id: string,
  { size = 100, overlap, every, paging }: ListQuery & { every?: string | undefined },
): void {
  const least = paging === 'offset' ? 2 : 1
  for (const time of [overlap, every]) if (time !== undefined) parseDuration(time)
  if (Number.isInteger(size) && size >= least) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${id} has the size ${size}; it is a whole number from ${least} on.`,
  )
}

function checkSubscription(id: string, { missed, id: identity, buffer = 1000 }: SubscribeOptions): void {
  const refuse = (text: string): never => {
    throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
  }
  if (!Number.isInteger(buffer) || buffer < 1)
    refuse(`has the buffer ${buffer}; it is a whole number from 1 on`)
  if (missed === 'lost') return
  if (typeof missed !== 'object' || missed === null)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${id} has to say what becomes of events while it is not open: "missed" is a list to read, or "lost".`,
    )
  if (!identity) refuse('needs an "id" that its events and the records of the list have in common')
  checkList(id, missed)
}
