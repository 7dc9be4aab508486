import type { StoreReader } from '../store/store.ts'
import { topicsSystem } from '../system/topic.ts'
import { identityOf } from './intake.ts'
import type { ReplayDifference, ReplayEffect } from './replay.ts'
import { dataContentType } from './run-message.ts'

/**
 * What was published on topics of ours is in the journal, as far as identities are known: it is held against what
 * would be published now, which the topic would refuse under the same key.
 */
export async function publishedOtherwise(
  reader: StoreReader,
  effects: readonly ReplayEffect[],
): Promise<ReplayDifference[]> {
  const found = effects.map(async ({ path, channel, effectKey, request }) => {
    if (!channel.startsWith(`${topicsSystem}.`) || effectKey === undefined) return []
    const id = await reader.identified(identityOf(channel, effectKey))
    const [entry] = id === undefined ? [] : await reader.entries({ id, limit: 1 })
    if (!entry || entry.head.contentType !== dataContentType) return []
    const was = Buffer.from(entry.body).toString('utf8')
    return was === JSON.stringify(request)
      ? []
      : [{ at: path, was: JSON.parse(was) as unknown, now: request }]
  })
  return (await Promise.all(found)).flat()
}
