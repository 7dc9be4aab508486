import { Type } from 'typebox'
import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { type Model, model } from '../../model/model.ts'
import {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, type EffectKind, probed } from '../../system/effect.ts'
import { checkName } from '../../system/system.ts'
import { checkedHeaders } from '../http/headers.ts'
import { checkPath } from '../http/path.ts'
import type {
  CallOptions,
  ListOptions,
  OperationOptions,
  OperationProbe,
  Probe,
  WebhookOptions,
} from './config.ts'
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

const noAnswer = model('NoAnswer', { version: 1, schema: Type.Null() })

/** The options of channels, and the system that they were made for. */
const made = new WeakMap<object, string>()

/** `callable`: there is a url. */
export function restChannels(system: string, callable: boolean): RestChannels {
  /** Options are copied, so that they do not change with what the author gave. */
  const channel = (parts: { readonly [part: string]: unknown; name: string; options: object }) => {
    checkName('channel', parts.name)
    const options = Object.freeze({ ...parts.options })
    made.set(options, system)
    return Object.freeze({ system, ...parts, options })
  }
  const called = (name: string, options: CallOptions & { probe?: Probe | undefined }) => {
    checkCall(channelId({ system, name }), options, callable)
    return options.probe ? probed(options.effect) : options.effect
  }
  const channels = {
    webhook(name: string, model: Model<unknown>, options: WebhookOptions) {
      checkHook(channelId({ system, name }), options)
      const { codec = json() } = options
      return channel({
        role: 'source',
        name,
        model,
        options,
        decode: (body: Uint8Array) => codec.decode(body),
      })
    },
    list(name: string, model: Model<unknown>, options: ListOptions) {
      checkList(channelId({ system, name }), options, callable)
      return channel({ role: 'source', name, model, options })
    },
    send(name: string, model: Model<unknown>, options: CallOptions & { probe?: Probe }) {
      return channel({ role: 'sink', name, model, effect: called(name, options), options })
    },
    operation(name: string, options: OperationOptions & { probe?: OperationProbe }) {
      const { request, response = noAnswer } = options
      const effect = called(name, options)
      return channel({ role: 'requester', name, model: request, answer: response, effect, options })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as RestChannels
}

/** Throws FLOW-DEFINITION unless the channel was made by the rest connector of this system. */
export function checkOwn(channel: AnyChannel, system: string): void {
  if (made.get(channel.options as object) === system) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${channelId(channel)} is no channel of the rest system ${system}.`,
  )
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
