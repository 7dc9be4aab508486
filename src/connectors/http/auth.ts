import { describeSetting, type Reference, type Setting } from '../../system/setting.ts'

/** How a system is told who we are. Credentials are named, never written down in a landscape. */
export interface Auth {
  /** Lower case. */
  readonly header: string
  /** As shown to people. */
  readonly summary: string
  value(resolve: (setting: Setting) => string): string
}

/** Source: RFC 6750. */
export function bearer(token: Reference): Auth {
  return {
    header: 'authorization',
    summary: `bearer ${describeSetting(token)}`,
    value: resolve => `Bearer ${resolve(token)}`,
  }
}

/** Source: RFC 7617, in UTF-8. */
export function basic(user: Setting, password: Reference): Auth {
  return {
    header: 'authorization',
    summary: `basic ${describeSetting(user)}, ${describeSetting(password)}`,
    value: resolve => `Basic ${Buffer.from(`${resolve(user)}:${resolve(password)}`).toString('base64')}`,
  }
}

/** A key in a header of its own. */
export function apiKey(header: string, key: Reference): Auth {
  return {
    header: header.toLowerCase(),
    summary: `${header} ${describeSetting(key)}`,
    value: resolve => resolve(key),
  }
}
