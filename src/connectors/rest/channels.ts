import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import {
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, type EffectKind, probed } from '../../system/effect.ts'
import { typedEvent } from '../events.ts'
import { checkedHeaders } from '../http/headers.ts'
import { checkPath } from '../http/path.ts'
import { noAnswer, OwnChannels } from '../own-channels.ts'
import type {
  CallOptions,
  ListOptions,
  OperationOptions,
  OperationProbe,
  Probe,
  WebhookOptions,
} from './config.ts'
import { listNames, operationNames, sendNames, webhookNames } from './names.ts'
import type { OperationSettings } from './operation.ts'
import type { Pages } from './pages.ts'
import { isPointer, type Where } from './where.ts'

/** What a system with this connector can declare. A channel with a probe has it in its effect contract. */
export interface RestChannels {
  /** A source: the system calls us, and is answered 202 when its message is durable. */
  webhook<T>(name: string, model: Model<T>, options: WebhookOptions<T>): SourceChannel<T>
  /** A source: a list is read again and again. What changes in it is delivered, under an identity of its content. */
  list<T>(name: string, model: Model<T>, options: ListOptions<T>): SourceChannel<T>
  /** A sink: one request per message. */
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: CallOptions<T, K> & { readonly probe: Probe<T> },
  ): SinkChannel<T, Effect<K, true>>
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: CallOptions<T, K> & { readonly probe?: undefined },
  ): SinkChannel<T, Effect<K, false>>
  /** A requester: the answer is read and checked against its model. */
  operation<I, K extends EffectKind, O = null>(
    name: string,
    options: OperationOptions<I, O, K> & { readonly probe: OperationProbe<I, O> },
  ): RequesterChannel<I, O, Effect<K, true>>
  operation<I, K extends EffectKind, O = null>(
    name: string,
    options: OperationOptions<I, O, K> & { readonly probe?: undefined },
  ): RequesterChannel<I, O, Effect<K, false>>
}

type Settings = WebhookOptions | ListOptions | OperationSettings

export const ownChannels = new OwnChannels<Settings>('rest')

/** `callable`: there is a url. */
export function restChannels(system: string, callable: boolean): RestChannels {
  const called = (name: string, options: CallOptions & { probe?: Probe | undefined }) => {
    checkCall(channelId({ system, name }), options, callable)
    return options.probe ? probed(options.effect) : options.effect
  }
  const channels = {
    webhook(name: string, model: Model<unknown>, options: WebhookOptions) {
      checkOptionNames(channelId({ system, name }), options, webhookNames)
      checkHook(channelId({ system, name }), options)
      const { codec = json() } = options
      return ownChannels.make(system, {
        role: 'source',
        listens: true,
        name,
        model,
        options,
        decode: (body: Uint8Array) => codec.decode(body),
      })
    },
    list(name: string, model: Model<unknown>, options: ListOptions) {
      checkOptionNames(channelId({ system, name }), options, listNames)
      checkList(channelId({ system, name }), options, callable)
      return ownChannels.make(system, { role: 'source', name, model, options })
    },
    send(name: string, model: Model<unknown>, options: CallOptions & { probe?: Probe }) {
      checkOptionNames(channelId({ system, name }), options, sendNames)
      const effect = called(name, options)
      const event = typedEvent(channelId({ system, name }), options.event, model)
      return ownChannels.make(system, { role: 'sink', name, model, effect, options: { ...options, event } })
    },
    operation(name: string, options: OperationOptions & { probe?: OperationProbe }) {
      checkOptionNames(channelId({ system, name }), options, operationNames)
      const { request, response = noAnswer } = options
      const effect = called(name, options)
      return ownChannels.make(system, {
        role: 'requester',
        name,
        model: request,
        answer: response,
        effect,
        options: { ...options, event: typedEvent(channelId({ system, name }), options.event, request) },
      })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as RestChannels
}

function checkHook(id: string, { path, id: identity, verify }: WebhookOptions): void {
  if (typeof path === 'string') checkPath(path, id, 'FLOW-DEFINITION')
  const unsigned = verify === 'unsigned' || verify.scheme === 'hub'
  if (unsigned || typeof identity !== 'string' || identity.toLowerCase() === 'webhook-id') return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${id} takes its identity from the header ${identity}, which is not signed: whoever copies a request could send ` +
      'it again as another message. Leave "id" out, or take it from the data.',
  )
}

function checkCall(id: string, options: CallOptions, callable: boolean): void {
  const { path, headers, idempotencyHeader = 'idempotency-key' } = options
  checkCallable(id, callable)
  if (typeof path === 'string') checkPath(path, id, 'FLOW-DEFINITION')
  const fixed = typeof headers === 'object' ? headers : {}
  checkedHeaders({ ...fixed, [idempotencyHeader]: '' }, id, 'FLOW-DEFINITION')
}

function checkList(id: string, options: ListOptions, callable: boolean): void {
  const { path, headers = {}, records = '', pages, since, every = '1m' } = options
  checkCallable(id, callable)
  checkPath(path, id, 'FLOW-DEFINITION')
  checkedHeaders(headers, id, 'FLOW-DEFINITION')
  for (const time of [every, since?.overlap]) if (time !== undefined) parseDuration(time)
  for (const where of [records, ...placesIn(pages)])
    if (typeof where === 'string' && !isPointer(where))
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `${id}: "${where}" is no JSON pointer. Begin it with a slash.`,
      )
}

function checkCallable(id: string, callable: boolean): void {
  if (callable) return
  throw new IsthmusError('FLOW-DEFINITION', `${id} has no address. Give its system rest({ url: ... }).`)
}

function placesIn(pages: Pages | undefined): (Where | undefined)[] {
  if (pages?.by === 'cursor') return [pages.cursor]
  if (pages?.by === 'next') return [pages.next]
  return pages?.by === 'page' || pages?.by === 'offset' ? [pages.total] : []
}
