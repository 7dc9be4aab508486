import { reasonOf } from '../errors.ts'
import { type AnyChannel, channelId } from '../system/channel.ts'
import { parseDuration } from '../system/duration.ts'
import { type Effect, isRepeatable } from '../system/effect.ts'
import type { Guard } from '../system/policy.ts'

/** How a step calls its channel: the types refuse what is wrong already; it may come from JavaScript all the same. */
export function checkCall(
  channel: AnyChannel & { readonly effect: Effect },
  { unanswered, retry = {} }: Guard,
  report: (reason: string, remedy: string) => void,
): void {
  for (const pause of [retry.first, retry.longest])
    try {
      if (pause !== undefined) parseDuration(pause)
    } catch (error) {
      report('its pause between attempts cannot be read', reasonOf(error))
    }
  const { effect } = channel
  if (unanswered === 'retry' && !isRepeatable(effect))
    report(
      `it repeats calls that were not answered, but ${channelId(channel)} is ${effect.kind}`,
      `Use unanswered: 'park', or give the channel an idempotency key or a probe.`,
    )
  if (unanswered === 'probe' && !effect.probe)
    report(`${channelId(channel)} cannot be probed`, `Use unanswered: 'park', or declare a probe.`)
}
