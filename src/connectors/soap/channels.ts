import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import { type Effect, type EffectKind, probed } from '../../system/effect.ts'
import { noAnswer, OwnChannels } from '../own-channels.ts'
import type { OperationOptions, OperationProbe, Probe, SendOptions } from './config.ts'
import { operationNames, sendNames } from './names.ts'
import type { OperationSettings } from './operation-call.ts'

/** What a system with this connector can declare. A channel with a probe has it in its effect contract. */
export interface SoapChannels {
  /** A requester: the answer is read by the schema and checked against its model. */
  operation<I, K extends EffectKind, O = null>(
    name: string,
    options: OperationOptions<I, O, K> & { readonly probe: OperationProbe<I, O> },
  ): RequesterChannel<I, O, Effect<K, true>>
  operation<I, K extends EffectKind, O = null>(
    name: string,
    options: OperationOptions<I, O, K> & { readonly probe?: undefined },
  ): RequesterChannel<I, O, Effect<K, false>>
  /** A sink: the answer does not matter, but must come and be no fault. Of a one-way operation, a good HTTP status. */
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: SendOptions<T, K> & { readonly probe: Probe<T> },
  ): SinkChannel<T, Effect<K, true>>
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: SendOptions<T, K> & { readonly probe?: undefined },
  ): SinkChannel<T, Effect<K, false>>
}

export const ownChannels = new OwnChannels<OperationSettings>('soap')

export function soapChannels(system: string): SoapChannels {
  const channel = (parts: { readonly [part: string]: unknown; name: string }, options: OperationSettings) => {
    const effect = options.probe ? probed(options.effect) : options.effect
    return ownChannels.make(system, { ...parts, effect, options })
  }
  const channels = {
    operation(name: string, options: OperationOptions & { probe?: OperationProbe }) {
      checkOptionNames(channelId({ system, name }), options, operationNames)
      const { request: model, response: answer = noAnswer } = options
      return channel({ role: 'requester', name, model, answer }, options)
    },
    send(name: string, model: Model<unknown>, options: SendOptions & { probe?: Probe }) {
      checkOptionNames(channelId({ system, name }), options, sendNames)
      return channel({ role: 'sink', name, model }, options)
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as SoapChannels
}
