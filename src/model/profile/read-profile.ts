import { IsthmusError } from '../../errors.ts'
import type { Profile } from './profile.ts'

/** What was read from a file that `isthmus profile --save` wrote. Throws CONFIG-INVALID for anything else. */
export function readProfile(value: unknown): Profile {
  const { isthmus, version, fields } = (value ?? {}) as Partial<Profile>
  if (isthmus !== 'profile' || !Array.isArray(fields))
    throw new IsthmusError(
      'CONFIG-INVALID',
      'This is no profile: isthmus profile SOURCE --save FILE writes one.',
    )
  if (version !== 1)
    throw new IsthmusError(
      'CONFIG-INVALID',
      `This profile has version ${version}; this Isthmus reads version 1.`,
    )
  return value as Profile
}
