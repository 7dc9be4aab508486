import { Type } from 'typebox'
import { IsthmusError } from '../../errors.ts'
import { type Model, model } from '../../model/model.ts'
import { type AnyChannel, channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import { checkName } from '../../system/system.ts'
import { checkPath } from '../http/path.ts'
import type { CallOptions, ProcedureOptions, RpcOptions } from './config.ts'
import type { ProcedureSettings } from './procedure.ts'

/** What a system with this connector can declare. `S` is the token of its session. */
export interface RpcChannels<S = undefined> {
  /** A requester: the result is checked against its model. */
  call<I, K extends EffectKind, O = null>(
    name: string,
    options: CallOptions<I, O, K, S>,
  ): RequesterChannel<I, O, Effect<K, false>>
  /** A sink: a call whose result does not matter, but must come. */
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: ProcedureOptions<T, K, S>,
  ): SinkChannel<T, Effect<K, false>>
  /**
   * A sink of JSON-RPC notifications, one per HTTP call. The server says that it took them, and never whether it did
   * what they ask for: what it drops is lost, and nobody will know.
   */
  notify<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: Omit<ProcedureOptions<T, K, S>, 'batch'>,
  ): SinkChannel<T, Effect<K, false>>
}

const noResult = model('NoResult', { version: 1, schema: Type.Null() })

/** The options of channels, and the system that they were made for. */
const made = new WeakMap<object, string>()

export function rpcChannels<S>(system: string, protocol: RpcOptions['protocol']): RpcChannels<S> {
  /** Options are copied, so that they do not change with what the author gave. */
  const channel = (parts: { [part: string]: unknown; name: string }, given: ProcedureSettings) => {
    checkName('channel', parts.name)
    checkOptions(channelId({ system, name: parts.name }), given, protocol)
    const options = Object.freeze({ ...given })
    made.set(options, system)
    return Object.freeze({ system, ...parts, effect: options.effect, options })
  }
  const channels = {
    call: (name: string, options: CallOptions) =>
      channel(
        { role: 'requester', name, model: options.request, answer: options.response ?? noResult },
        options,
      ),
    send: (name: string, model: Model<unknown>, options: ProcedureOptions) =>
      channel({ role: 'sink', name, model }, { ...options, request: model }),
    notify: (name: string, model: Model<unknown>, options: ProcedureOptions) =>
      channel({ role: 'sink', name, model }, { ...options, request: model, silent: true }),
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as RpcChannels<S>
}

/** Throws FLOW-DEFINITION unless the channel was made by the rpc connector of this system. */
export function checkOwn(channel: AnyChannel, system: string): void {
  if (made.get(channel.options as object) === system) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${channelId(channel)} is no channel of the rpc system ${system}.`,
  )
}

function checkOptions(id: string, options: ProcedureSettings, protocol: RpcOptions['protocol']): void {
  const { path, batch = 1, silent = false, tags } = options
  if (path !== undefined) checkPath(path, id, 'FLOW-DEFINITION')
  const refuse = (text: string) => {
    throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
  }
  if (!Number.isInteger(batch) || batch < 1) refuse(`has the batch ${batch}; it is a whole number from 1 on`)
  if (protocol === 'xml' && batch > 1) refuse('has a batch, which XML-RPC does not know. Leave it out')
  if (protocol === 'xml' && silent) refuse('notifies, which XML-RPC does not know. Use "send"')
  if (protocol === 'json' && tags) refuse('has "tags", which JSON-RPC does not know. Leave them out')
  if (silent && batch > 1) refuse('notifies in batches. Leave "batch" out')
}
