import { Type } from 'typebox'
import { IsthmusError } from '../errors.ts'
import { model } from '../model/model.ts'
import { type AnyChannel, channelId } from '../system/channel.ts'
import { checkName } from '../system/system.ts'

/** For requesters whose answer nobody looks at. */
export const noAnswer = model('NoAnswer', { version: 1, schema: Type.Null() })

/** The channels that a connector has made, so that its connections take no others. `S` is what they were made with. */
export class OwnChannels<S extends object> {
  readonly #connector: string
  /** The options of channels, and the system that they were made for. */
  readonly #made = new WeakMap<object, string>()

  constructor(connector: string) {
    this.#connector = connector
  }

  /** Options are copied, so that they do not change with what the author gave. Throws FLOW-DEFINITION for a bad name. */
  make<P extends { readonly name: string; readonly options: S }>(system: string, parts: P) {
    checkName('channel', parts.name)
    const options = Object.freeze({ ...parts.options })
    this.#made.set(options, system)
    return Object.freeze({ system, ...parts, options })
  }

  /** What a channel was made with. Throws FLOW-DEFINITION unless it was made here, for this system. */
  optionsOf(channel: AnyChannel, system: string): S {
    if (this.#made.get(channel.options as object) === system) return channel.options as S
    const text = `${channelId(channel)} is no channel of the ${this.#connector} system ${system}.`
    throw new IsthmusError('FLOW-DEFINITION', text)
  }
}

/** For a channel that is asked to play another role than the one that it was made for. */
export function noRole(channel: AnyChannel): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} does not play this role.`)
}
