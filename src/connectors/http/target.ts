import { IsthmusError } from '../../errors.ts'

export interface Target {
  /** `https://host:port`. */
  readonly origin: string
  /** Stands before every path; '' or from a slash on, without one at the end. */
  readonly base: string
}

/** Throws CONFIG-INVALID. The text is not repeated, since it may hold a password. */
export function targetOf(url: string, system: string): Target {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const { protocol = '', username, password, search, hash, origin = '', pathname = '' } = parsed ?? {}
  const plain = !username && !password && !search && !hash
  if ((protocol === 'http:' || protocol === 'https:') && plain)
    return { origin, base: pathname.replace(/\/+$/, '') }
  throw new IsthmusError(
    'CONFIG-INVALID',
    `The url of system ${system} must begin with http:// or https:// and have no password, query or fragment. ` +
      'Credentials are given as "auth".',
  )
}
