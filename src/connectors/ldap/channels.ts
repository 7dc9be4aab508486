import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type RequesterChannel, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, read } from '../../system/effect.ts'
import { OwnChannels } from '../own-channels.ts'
import type { EntriesOptions, SearchOptions } from './config.ts'
import { EntryReader } from './entry.ts'
import { entriesNames, searchNames } from './names.ts'

/** What a system with this connector can declare. The fields of a model are the attributes of an entry, and `dn`. */
export interface LdapChannels {
  /** A source: entries that are there, then those that were added or changed. */
  entries<T>(name: string, model: Model<T>, options: EntriesOptions): SourceChannel<T>
  /** A requester: entries that a filter finds. */
  search<I, O>(name: string, options: SearchOptions<I, O>): RequesterChannel<I, O, Effect<'read', false>>
}

export const ownChannels = new OwnChannels<EntriesOptions | SearchOptions>('ldap')

export function ldapChannels(system: string): LdapChannels {
  const channels = {
    entries(name: string, model: Model<unknown>, options: EntriesOptions) {
      checkOptionNames(channelId({ system, name }), options, entriesNames)
      for (const time of [options.every, options.overlap]) if (time !== undefined) parseDuration(time)
      new EntryReader(model.name, model.jsonSchema)
      return ownChannels.make(system, { role: 'source', name, model, options })
    },
    search(name: string, options: SearchOptions) {
      checkOptionNames(channelId({ system, name }), options, searchNames)
      const { request: model, response: answer } = options
      new EntryReader(answer.name, entrySchema(options))
      return ownChannels.make(system, { role: 'requester', name, model, answer, effect: read, options })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as LdapChannels
}

/** The JSON Schema of one entry of an answer. */
export function entrySchema<I, O>({ response, one }: SearchOptions<I, O>) {
  return one ? response.jsonSchema : (response.jsonSchema.items as typeof response.jsonSchema | undefined)
}
