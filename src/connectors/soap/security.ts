import { createHash, randomBytes } from 'node:crypto'
import { escapeText } from '../../message/codec/xml-write.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { parseDuration } from '../../system/duration.ts'
import { describeSetting, type Reference, type Setting } from '../../system/setting.ts'

/** What is sent as header `wsse:Security`. Credentials are named, never written down in a landscape. */
export interface Security {
  /** As shown to people. */
  readonly summary: string
  /** The elements in the header, made anew for each call. `now` is in milliseconds since 1970 UTC. */
  content(resolve: (setting: Setting) => string, now: number): string
}

/** What `usernameToken` may be given beside user and password. */
export interface UsernameTokenOptions {
  /** Sends a digest with nonce and time instead of the password itself. Default false: use TLS. */
  readonly digest?: boolean | undefined
  /** Sends a time stamp that expires after this time, such as `5m`. Default: none. */
  readonly timestamp?: string | undefined
}

const usernameTokenNames: OptionNames<UsernameTokenOptions> = { digest: true, timestamp: true }

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'
const profile = `${wss}-username-token-profile-1.0`
const utility = `${wss}-wssecurity-utility-1.0.xsd`
const extension = `${wss}-wssecurity-secext-1.0.xsd`
const base64 = `${wss}-soap-message-security-1.0#Base64Binary`

/** Source: WS-Security UsernameToken Profile 1.1. */
export function usernameToken(
  user: Setting,
  password: Reference,
  options: UsernameTokenOptions = {},
): Security {
  checkOptionNames('usernameToken()', options, usernameTokenNames)
  const { digest = false, timestamp } = options
  const life = timestamp === undefined ? undefined : parseDuration(timestamp)
  return {
    summary: `username token ${describeSetting(user)}, ${describeSetting(password)}${digest ? ', digest' : ''}`,
    content(resolve, now) {
      const created = instant(now)
      const secret = digest ? digested(resolve(password), created) : plain(resolve(password))
      const token = `<wsse:UsernameToken><wsse:Username>${escapeText(resolve(user))}</wsse:Username>${secret}</wsse:UsernameToken>`
      return (life === undefined ? '' : stamp(created, instant(now + life))) + token
    },
  }
}

/** The whole header; `soap` is the prefix of the envelope. */
export function securityHeader(content: string): string {
  return `<wsse:Security xmlns:wsse="${extension}" xmlns:wsu="${utility}" soap:mustUnderstand="1">${content}</wsse:Security>`
}

function plain(password: string): string {
  return `<wsse:Password Type="${profile}#PasswordText">${escapeText(password)}</wsse:Password>`
}

function digested(password: string, created: string): string {
  const nonce = randomBytes(16)
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64')
  return (
    `<wsse:Password Type="${profile}#PasswordDigest">${digest}</wsse:Password>` +
    `<wsse:Nonce EncodingType="${base64}">${nonce.toString('base64')}</wsse:Nonce><wsu:Created>${created}</wsu:Created>`
  )
}

function stamp(created: string, expires: string): string {
  return `<wsu:Timestamp wsu:Id="timestamp"><wsu:Created>${created}</wsu:Created><wsu:Expires>${expires}</wsu:Expires></wsu:Timestamp>`
}

function instant(time: number): string {
  return new Date(time).toISOString()
}
