import { IsthmusError } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, read } from '../../system/effect.ts'
import { checkName } from '../../system/system.ts'
import type { EntriesOptions, SearchOptions } from './config.ts'
import { EntryReader } from './entry.ts'

/** What a system with this connector can declare. The fields of a model are the attributes of an entry, and `dn`. */
export interface LdapChannels {
  /** A source: entries that are there, then those that were added or changed. */
  entries<T>(name: string, model: Model<T>, options: EntriesOptions): SourceChannel<T>
  /** A requester: entries that a filter finds. */
  search<I, O>(name: string, options: SearchOptions<I, O>): RequesterChannel<I, O, Effect<'read', false>>
}

/** The options of channels, and the system that they were made for. */
const made = new WeakMap<object, string>()

export function ldapChannels(system: string): LdapChannels {
  const own = <O extends object>(name: string, given: O): Readonly<O> => {
    checkName('channel', name)
    const options = Object.freeze({ ...given })
    made.set(options, system)
    return options
  }
  return {
    entries(name, model, options) {
      for (const time of [options.every, options.overlap]) if (time !== undefined) parseDuration(time)
      new EntryReader(model.name, model.jsonSchema)
      return Object.freeze({ role: 'source', system, name, model, options: own(name, options) })
    },
    search(name, options) {
      const { request: model, response: answer } = options
      new EntryReader(answer.name, entrySchema(options))
      return Object.freeze({
        role: 'requester',
        system,
        name,
        model,
        answer,
        effect: read,
        options: own(name, options),
      })
    },
  }
}

/** The JSON Schema of one entry of an answer. */
export function entrySchema<I, O>({ response, one }: SearchOptions<I, O>) {
  return one ? response.jsonSchema : (response.jsonSchema.items as typeof response.jsonSchema | undefined)
}

/** Throws FLOW-DEFINITION unless the channel was made by the ldap connector of this system. */
export function checkOwn(channel: AnyChannel, system: string): void {
  if (made.get(channel.options as object) === system) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${channelId(channel)} is no channel of the ldap system ${system}.`,
  )
}
