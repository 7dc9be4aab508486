import { IsthmusError } from '../../../errors.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import type { Setting } from '../../../system/setting.ts'

/** Where a server is, and a folder on it. */
export interface Location {
  readonly host: string
  readonly port: number
  /** From the root on, or, if it does not begin with a slash, from where the login begins. */
  readonly folder: string
}

/** Reads `sftp://host:22/folder`. Throws CONFIG-INVALID; the text is not repeated, as it may hold a password. */
export function locationOf(
  setting: Setting,
  scheme: 'sftp' | 'ftp',
  defaultPort: number,
  context: ConnectContext,
): Location {
  const url = URL.parse(context.resolve(setting))
  const refused = (reason: string) =>
    new IsthmusError('CONFIG-INVALID', `The url of system ${context.system} ${reason}.`)
  if (url?.protocol !== `${scheme}:` || url.hostname === '') throw refused(`is not ${scheme}://HOST/FOLDER`)
  if (url.username || url.password) throw refused('holds a user: that is an option of its own')
  const path = decodeURIComponent(url.pathname).replace(/\/+$/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a path
  if (/[\0-\x1f]|(^|\/)\.\.(\/|$)/.test(path)) throw refused('has ".." or a control character in its folder')
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || defaultPort),
    folder: path === '' || /^\/~(\/|$)/.test(path) ? path.replace(/^\/?~?\/?/, '') : path,
  }
}
