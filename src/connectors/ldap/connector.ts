import { checkOptionNames } from '../../message/option-names.ts'
import { channelId, type RequesterChannel, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Requester, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { type LdapChannels, ldapChannels, ownChannels } from './channels.ts'
import type { EntriesOptions, LdapOptions, SearchOptions } from './config.ts'
import { Directory } from './directory.ts'
import { ldapNames } from './names.ts'
import { LdapRequester } from './requester.ts'
import { entriesSource } from './source.ts'

/** A directory of people and groups, by LDAP 3 (with the package `ldapts`). It is read, never written. */
export function ldap(options: LdapOptions): Connector<LdapChannels> {
  checkOptionNames('ldap()', options, ldapNames)
  for (const time of [options.connectTimeout, options.timeout]) if (time !== undefined) parseDuration(time)
  const { url, user } = options
  return {
    name: 'ldap',
    summary: Object.freeze({ url: describeSetting(url), user: user && describeSetting(user) }),
    channels: ldapChannels,
    connect: async context => new LdapConnection(options, context),
  }
}

/** Holds no connection open: each look and each call has its own. */
class LdapConnection implements Connection {
  readonly #context: ConnectContext
  readonly #directory: Directory
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(options: LdapOptions, context: ConnectContext) {
    this.#context = context
    this.#directory = new Directory(options, context)
  }

  source(channel: SourceChannel<unknown>): Source {
    const options = ownChannels.optionsOf(channel, this.#context.system) as EntriesOptions
    return entriesSource(this.#directory, channel.model, options, this.#context)
  }

  requester(channel: RequesterChannel<unknown, unknown>): Requester {
    const options = ownChannels.optionsOf(channel, this.#context.system) as SearchOptions
    const requester = new LdapRequester(this.#directory, channelId(channel), options)
    const { batch, concurrency } = requester
    return {
      batch,
      concurrency,
      ask: (items, signal) => {
        const call = requester.ask(items, signal)
        this.#underWay.add(call)
        const end = () => this.#underWay.delete(call)
        call.then(end, end)
        return call
      },
    }
  }

  async check(): Promise<void> {
    const opened = await this.#directory.open(new AbortController().signal)
    await opened.close()
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }
}
