import { hash } from 'node:crypto'
import { can, type Grant, whole } from './permissions.ts'

/** Somebody who may log in. Times are milliseconds since 1970 UTC. */
export interface Account {
  readonly name: string
  /** Who says that it is them: we ourselves by a password, or the directory. */
  readonly origin: 'local' | 'oidc' | 'ldap'
  /** What the directory calls them for ever, where names may be given anew. */
  readonly subject?: string | undefined
  readonly grants: readonly Grant[]
  readonly disabled: boolean
  readonly password?: string | undefined
  /** The secret is sealed; the codes up to step `used` are spent. */
  readonly totp?:
    | {
        readonly secret: string
        readonly used: number
        readonly at: number
        /** Hashes of codes that are good once, for who has lost the app. */
        readonly recovery?: readonly string[] | undefined
      }
    | undefined
  readonly keys?: readonly SecurityKey[] | undefined
  /** A code with which a password can be set. */
  readonly reset?: { readonly hash: string; readonly until: number } | undefined
  readonly tokens: readonly Token[]
  readonly created: number
}

/** A second factor that is a thing: its public half. */
export interface SecurityKey {
  readonly id: string
  readonly label: string
  readonly publicKey: string
  readonly counter: number
  readonly at: number
}

export function hasSecondFactor({ totp, keys = [] }: Account): boolean {
  return totp !== undefined || keys.length > 0
}

/** Of an API token only the hash is known. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly grants: readonly Grant[]
  readonly created: number
  readonly expires: number
}

/** Secrets with enough randomness need no slow hash. */
export function digest(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** One who can give everybody everything again. */
export function isOwner({ disabled, origin, grants, name }: Account): boolean {
  return !disabled && origin === 'local' && can({ name, grants, by: 'session' }, 'people', whole).allowed
}

/** What others may see of an account: whether secrets are set, and never what they are. */
export function shownAccount(account: Account, now: number) {
  const { name, origin, grants, disabled, password, totp, keys = [], reset, tokens, created } = account
  return {
    name,
    origin,
    grants: [...grants],
    disabled,
    created,
    password: password !== undefined,
    totp: totp?.at,
    keys: keys.length,
    reset: reset && reset.until > now ? reset.until : undefined,
    tokens: tokens.map(shownToken),
  }
}

export function shownToken({ id, name, grants, created, expires }: Token) {
  return { id, name, grants: [...grants], created, expires }
}
