import { Type } from 'typebox'
import { IsthmusError } from '../../errors.ts'
import { type Model, model } from '../../model/model.ts'
import { type AnyChannel, channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import { type Effect, type EffectKind, probed } from '../../system/effect.ts'
import { checkName } from '../../system/system.ts'
import type { OperationOptions, OperationProbe, Probe, SendOptions } from './config.ts'

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

const noAnswer = model('NoAnswer', { version: 1, schema: Type.Null() })

/** The options of channels, and the system that they were made for. */
const made = new WeakMap<object, string>()

export function soapChannels(system: string): SoapChannels {
  /** Options are copied, so that they do not change with what the author gave. */
  const channel = (
    parts: { readonly [part: string]: unknown; name: string },
    given: SendOptions & { readonly probe?: Probe | undefined },
  ) => {
    checkName('channel', parts.name)
    const options = Object.freeze({ ...given })
    made.set(options, system)
    const effect = options.probe ? probed(options.effect) : options.effect
    return Object.freeze({ system, ...parts, effect, options })
  }
  const channels = {
    operation: (name: string, options: OperationOptions & { probe?: OperationProbe }) =>
      channel(
        { role: 'requester', name, model: options.request, answer: options.response ?? noAnswer },
        options,
      ),
    send: (name: string, model: Model<unknown>, options: SendOptions & { probe?: Probe }) =>
      channel({ role: 'sink', name, model }, options),
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as SoapChannels
}

/** Throws FLOW-DEFINITION unless the channel was made by the soap connector of this system. */
export function checkOwn(channel: AnyChannel, system: string): void {
  if (made.get(channel.options as object) === system) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${channelId(channel)} is no channel of the soap system ${system}.`,
  )
}
