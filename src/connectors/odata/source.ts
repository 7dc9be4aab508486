import { IsthmusError } from '../../errors.ts'
import type { Position } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Source } from '../../system/roles.ts'
import { type Found, LookingSource } from '../looking-source.ts'
import { lookAtChanges } from './changes.ts'
import type { EntitiesOptions } from './config.ts'
import { lookByDelta } from './delta.ts'
import { setOf } from './edm.ts'
import type { EntityFormat } from './entity.ts'
import { filterText } from './filter.ts'
import { deliveryOf, type Looking } from './looking.ts'
import { Pages } from './pages.ts'
import { Reading } from './reading.ts'
import type { OdataService } from './service.ts'

export function odataSource(channel: SourceChannel<unknown>, service: OdataService): Source {
  const options = channel.options as EntitiesOptions
  const look = async function* (mark: Position | undefined, signal: AbortSignal): AsyncIterable<Found> {
    try {
      const looking = await prepare(channel, options, service, signal)
      if (options.delta) yield* lookByDelta(looking, mark, signal)
      else if (options.changed) yield* lookAtChanges(looking, mark, signal)
      else yield* lookAtAll(looking, signal)
    } catch (error) {
      throw sourceFailure(error)
    }
  }
  return new LookingSource(look, parseDuration(options.every ?? '60s'))
}

async function prepare(
  channel: SourceChannel<unknown>,
  options: EntitiesOptions,
  service: OdataService,
  signal: AbortSignal,
): Promise<Looking> {
  const name = channelId(channel)
  const format = await formatFor(name, service, signal)
  const set = setOf(format.edm, options.set, name)
  return {
    channel: name,
    options,
    set,
    reading: new Reading(set, channel.model, options, format, name),
    format,
    pages: new Pages(service, name),
    filter: options.filter && filterText(options.filter, set.type, format),
    now: service.context.now,
  }
}

/** The `$metadata` is a call like any other, which has to wait for its turn. */
async function formatFor(channel: string, service: OdataService, signal: AbortSignal): Promise<EntityFormat> {
  const done = service.isDescribed ? () => {} : await service.context.turn(signal)
  try {
    const format = await service.format(channel, signal)
    done()
    return format
  } catch (error) {
    done(error)
    throw error
  }
}

/** Everything, and no mark: what is found again is a duplicate by its identity. */
async function* lookAtAll(looking: Looking, signal: AbortSignal): AsyncIterable<Found> {
  const { pages, reading } = looking
  for await (const page of pages.all(looking, reading.query(), signal))
    yield { deliveries: page.items.map(item => deliveryOf(item, looking)) }
}

/** Nothing that befell one record: the source stops, and what would befall every look pauses. */
function sourceFailure(error: unknown): unknown {
  if (!(error instanceof IsthmusError) || error.fate === 'pause') return error
  const { message, detail, retryAfter } = error
  return new IsthmusError('SOURCE-FAILED', message, {
    cause: error,
    detail,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
