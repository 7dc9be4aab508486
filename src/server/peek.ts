import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { usedChannels } from '../flow/own-systems.ts'
import type { Delivery } from '../message/message.ts'
import { Redactor } from '../observe/redactor.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { System } from '../system/system.ts'
import { connectBriefly } from './brief-connection.ts'
import type { Environment } from './configuration.ts'
import { guardLandscape } from './connector-guard.ts'

/** A record, or why it could not be read. */
export type Peeked = { readonly data: unknown } | { readonly defect: string }

/** The source channel of this id. Throws CLI-USAGE with those that there are. */
export function sourceChannel({ flows, sagas, sentinels }: Landscape, id: string): SourceChannel<unknown> {
  const all = [...usedChannels(flows, sagas), ...sentinels.map(({ channel }) => channel)]
  const sources = all.filter(channel => channel.role === 'source')
  const found = sources.find(channel => channelId(channel) === id)
  if (found) return found
  const known = [...new Set(sources.map(channelId))].join(', ')
  throw new IsthmusError('CLI-USAGE', `There is no source ${id}. The landscape has ${known || 'none'}.`)
}

/**
 * Looks at what a source has now, beside an instance that may run: nothing is taken, acknowledged or marked, and no
 * position moves. Throws CLI-USAGE where the technology does not allow that.
 */
export async function* peek(
  landscape: Landscape,
  channel: SourceChannel<unknown>,
  environment: Environment,
  signal: AbortSignal,
): AsyncGenerator<Peeked> {
  const redactor = new Redactor()
  const { systems } = guardLandscape(landscape, redactor)
  const system = systems.find(({ name }) => name === channel.system)
  if (!system)
    throw new IsthmusError('CLI-USAGE', `${channelId(channel)} belongs to no system of the landscape.`)
  const connection = await connectBriefly(system, environment, redactor)
  try {
    const source = connection.source?.(channel)
    if (!source?.peek) throw takesAway(channel, system)
    for await (const deliveries of source.peek(signal))
      for (const delivery of deliveries) yield read(delivery, channel)
  } finally {
    await connection.close()
  }
}

function takesAway(channel: SourceChannel<unknown>, { connector }: System): IsthmusError {
  const reason = `${channelId(channel)} cannot be looked at: what ${connector.name} hands over there is taken away, acknowledged or pushed.`
  const remedy = 'Profile a table or file that holds the same, or let a sentinel sample what is accepted.'
  return new IsthmusError('CLI-USAGE', `${reason} ${remedy}`)
}

function read({ data, body, defect }: Delivery, channel: SourceChannel<unknown>): Peeked {
  if (defect !== undefined) return { defect }
  if (data !== undefined || body === undefined) return { data }
  try {
    return { data: channel.decode ? channel.decode(body) : JSON.parse(new TextDecoder().decode(body)) }
  } catch (error) {
    return { defect: reasonOf(error) }
  }
}
