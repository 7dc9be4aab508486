import { IsthmusError } from '../errors.ts'
import type { DriftTolerance } from '../model/profile/drift.ts'
import type { Profile } from '../model/profile/profile.ts'
import { readProfile } from '../model/profile/read-profile.ts'
import { callSite } from '../system/call-site.ts'
import type { SourceChannel } from '../system/channel.ts'

export interface SentinelOptions extends DriftTolerance {
  /** How many accepted messages make a sample that is compared. Default 500. */
  readonly sample?: number | undefined
}

/** Watches whether what a channel delivers is still like its profile. Pure data. */
export interface Sentinel {
  readonly channel: SourceChannel<unknown>
  readonly profile: Profile
  readonly tolerance: DriftTolerance
  readonly sample: number
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined
}

/**
 * Declares that the messages of a channel are compared with a profile, a sample at a time, when they are accepted; no
 * message is held up. `profile` is what `isthmus profile --save` wrote, imported `with { type: 'json' }`.
 */
export function sentinel<T>(
  channel: SourceChannel<T>,
  profile: object,
  { sample = 500, ...tolerance }: SentinelOptions = {},
): Sentinel {
  if (!Number.isInteger(sample) || sample < 1)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `A sentinel needs a sample of one message at least, not ${sample}.`,
    )
  return Object.freeze({
    // It only looks at what was accepted, whatever type it is.
    channel: channel as SourceChannel<unknown>,
    profile: readProfile(profile),
    tolerance: Object.freeze({ records: Math.min(sample, 50), ...tolerance }),
    sample,
    at: callSite(),
  })
}
