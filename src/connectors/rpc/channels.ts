import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import { type Effect, type EffectKind, probed } from '../../system/effect.ts'
import { checkPath } from '../http/path.ts'
import { noAnswer, OwnChannels } from '../own-channels.ts'
import type { CallOptions, CallProbe, Probe, ProcedureOptions, RpcOptions } from './config.ts'
import { callNames, notifyNames, sendNames } from './names.ts'
import type { ProcedureSettings } from './procedure.ts'

/** What a system with this connector can declare. `S` is the token of its session. A channel with a probe has it in its effect contract. */
export interface RpcChannels<S = undefined> {
  /** A requester: the result is checked against its model. */
  call<I, K extends EffectKind, O = null>(
    name: string,
    options: CallOptions<I, O, K, S> & { readonly probe: CallProbe<I, O, S> },
  ): RequesterChannel<I, O, Effect<K, true>>
  call<I, K extends EffectKind, O = null>(
    name: string,
    options: CallOptions<I, O, K, S> & { readonly probe?: undefined },
  ): RequesterChannel<I, O, Effect<K, false>>
  /** A sink: a call whose result does not matter, but must come. */
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: ProcedureOptions<T, K, S> & { readonly probe: Probe<T, S> },
  ): SinkChannel<T, Effect<K, true>>
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: ProcedureOptions<T, K, S> & { readonly probe?: undefined },
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

export const ownChannels = new OwnChannels<ProcedureSettings>('rpc')

export function rpcChannels<S>(system: string, protocol: RpcOptions['protocol']): RpcChannels<S> {
  const channel = (parts: { [part: string]: unknown; name: string }, options: ProcedureSettings) => {
    checkOptions(channelId({ system, name: parts.name }), options, protocol)
    const effect = options.probe ? probed(options.effect) : options.effect
    return ownChannels.make(system, { ...parts, effect, options })
  }
  const channels = {
    call(name: string, options: ProcedureSettings) {
      checkOptionNames(channelId({ system, name }), options, callNames)
      const { request: model, response: answer = noAnswer } = options
      return channel({ role: 'requester', name, model, answer }, options)
    },
    send(name: string, model: Model<unknown>, options: ProcedureOptions & { readonly probe?: Probe }) {
      checkOptionNames(channelId({ system, name }), options, sendNames)
      return channel({ role: 'sink', name, model }, { ...options, request: model })
    },
    notify(name: string, model: Model<unknown>, options: ProcedureOptions) {
      checkOptionNames(channelId({ system, name }), options, notifyNames)
      return channel({ role: 'sink', name, model }, { ...options, request: model, silent: true })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as RpcChannels<S>
}

function checkOptions(id: string, options: ProcedureSettings, protocol: RpcOptions['protocol']): void {
  const { path, batch = 1, silent = false, tags, probe } = options
  for (const each of [path, probe?.path]) if (each !== undefined) checkPath(each, id, 'FLOW-DEFINITION')
  const refuse = (text: string) => {
    throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
  }
  if (!Number.isInteger(batch) || batch < 1) refuse(`has the batch ${batch}; it is a whole number from 1 on`)
  if (protocol === 'xml' && batch > 1) refuse('has a batch, which XML-RPC does not know. Leave it out')
  if (protocol === 'xml' && silent) refuse('notifies, which XML-RPC does not know. Use "send"')
  if (protocol === 'json' && (tags || probe?.tags))
    refuse('has "tags", which JSON-RPC does not know. Leave them out')
  if (silent && batch > 1) refuse('notifies in batches. Leave "batch" out')
}
