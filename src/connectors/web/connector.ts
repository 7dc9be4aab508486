import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { AnyChannel, RequesterChannel, SinkChannel, SourceChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkHttpOptions } from '../http/check-options.ts'
import { HttpClient } from '../http/client.ts'
import { checkPath } from '../http/path.ts'
import { targetOf } from '../http/target.ts'
import { LookingSource } from '../looking-source.ts'
import { noRole } from '../own-channels.ts'
import { formSink, pageRequester } from './calls.ts'
import { ownChannels, type WebChannels, webChannels } from './channels.ts'
import { defaultEvery, type WebOptions } from './config.ts'
import { listLook } from './list.ts'
import { webNames } from './names.ts'
import { Site } from './site.ts'

/** A site that offers nothing but pages for people. */
export function web(options: WebOptions): Connector<WebChannels> {
  checkOptionNames('web()', options, webNames)
  const { url, auth, pause, login } = options
  checkHttpOptions(options, siteOf)
  if (pause !== undefined) parseDuration(pause)
  if (login) checkPath(login.path, 'the login', 'FLOW-DEFINITION')
  return {
    name: 'web',
    summary: Object.freeze({ url: describeSetting(url), auth: auth?.summary }),
    channels: webChannels,
    connect: async context => connect(options, context),
  }
}

/** Opening it asks for nothing yet. */
function connect(options: WebOptions, context: ConnectContext): Connection {
  const target = siteOf(context.resolve(options.url), context.system)
  const client = new HttpClient(target, options, context)
  const site = new Site(client, target.origin, options, context)
  const underWay = new Set<Promise<unknown>>()
  const tracked = <T>(call: Promise<T>): Promise<T> => {
    underWay.add(call)
    return call.finally(() => underWay.delete(call))
  }
  const played = (channel: AnyChannel) => ownChannels.optionsOf(channel, context.system)
  return {
    source(channel: SourceChannel<unknown>) {
      const play = played(channel)
      if (play.kind !== 'list') throw noRole(channel)
      const every = parseDuration(play.options.every ?? defaultEvery)
      return new LookingSource(listLook(channel, play.options, site, context), every)
    },
    sink(channel: SinkChannel<unknown>) {
      const play = played(channel)
      if (play.kind !== 'submit') throw noRole(channel)
      const sink = formSink(channel, play.options, site)
      return { write: (items, signal) => tracked(sink.write(items, signal)) }
    },
    requester(channel: RequesterChannel<unknown, unknown>) {
      const play = played(channel)
      if (play.kind !== 'page') throw noRole(channel)
      const requester = pageRequester(channel, play.options, site)
      return { ask: (items, signal) => tracked(requester.ask(items, signal)) }
    },
    check: () => client.check(),
    async close() {
      // A call asks more than once.
      await Promise.allSettled(underWay)
      await site.close()
    },
  }
}

/** A site is an origin: its robots.txt and its links speak of all of it. */
function siteOf(url: string, system: string) {
  const target = targetOf(url, system)
  if (target.base === '') return target
  const text = `The url of system ${system} is ${target.origin}: paths are given with the channels.`
  throw new IsthmusError('CONFIG-INVALID', text)
}
