import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import { OwnChannels } from '../own-channels.ts'
import type { OperationOptions, SendOptions } from './config.ts'
import { operationNames, sendNames } from './names.ts'

/** What a system with this connector can declare. */
export interface ProgramChannels {
  /** A requester: the program answers each message; the answer is checked against its model. */
  operation<I, O, K extends EffectKind>(
    name: string,
    options: OperationOptions<I, O, K>,
  ): RequesterChannel<I, O, Effect<K, false>>
  /** A sink: the program takes each message. */
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: SendOptions<K>,
  ): SinkChannel<T, Effect<K, false>>
}

/** What a channel of this connector carries. */
export interface Play extends SendOptions {
  readonly response?: Model<unknown> | undefined
}

export const ownChannels = new OwnChannels<Play>('process')

export function programChannels(system: string): ProgramChannels {
  const channels = {
    operation(name: string, options: OperationOptions) {
      checkOptionNames(channelId({ system, name }), options, operationNames)
      const { request, response, effect } = check(system, name, options)
      return ownChannels.make(system, {
        role: 'requester',
        name,
        model: request,
        answer: response,
        effect,
        options,
      })
    },
    send(name: string, model: Model<unknown>, options: SendOptions) {
      checkOptionNames(channelId({ system, name }), options, sendNames)
      const { effect } = check(system, name, options)
      return ownChannels.make(system, { role: 'sink', name, model, effect, options: { ...options } as Play })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as ProgramChannels
}

function check<O extends SendOptions>(system: string, name: string, options: O): O {
  const { batch = 1 } = options
  if (Number.isInteger(batch) && batch > 0) return options
  const text = `${channelId({ system, name })} has the batch ${batch}; it is a whole number from 1 on.`
  throw new IsthmusError('FLOW-DEFINITION', text)
}
