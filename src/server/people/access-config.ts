import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Static, Type } from 'typebox'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Redactor } from '../../observe/redactor.ts'
import { secret } from '../../system/setting.ts'
import type { Environment } from '../configuration.ts'
import { resolveSetting } from '../settings.ts'
import { GrantSchema } from './people-schemas.ts'
import type { Grant } from './permissions.ts'

const strict = { additionalProperties: false } as const
const Text = Type.String({ minLength: 1 })
const groupGrants = Type.Array(Type.Object({ group: Text, ...GrantSchema.properties }, strict))

const Oidc = Type.Object(
  {
    issuer: Type.String({ pattern: '^https?://' }),
    clientId: Text,
    /** Name of a variable, as in `secret('NAME')`. Without it the client is a public one. */
    clientSecret: Type.Optional(Text),
    /** On the button. */
    label: Type.Optional(Text),
    scope: Type.Optional(Text),
    nameClaim: Type.Optional(Text),
    groupsClaim: Type.Optional(Text),
    grants: groupGrants,
  },
  strict,
)

const Ldap = Type.Object(
  {
    url: Type.String({ pattern: '^ldaps?://' }),
    startTls: Type.Optional(Type.Boolean()),
    /** File with the certificates to trust, beside this file. */
    ca: Type.Optional(Text),
    user: Text,
    /** Name of a variable. */
    password: Text,
    people: Text,
    nameAttribute: Type.Optional(Text),
    groups: Text,
    memberAttribute: Type.Optional(Text),
    groupAttribute: Type.Optional(Text),
    grants: groupGrants,
  },
  strict,
)

const File = Type.Object({ oidc: Type.Optional(Oidc), ldap: Type.Optional(Ldap) }, strict)

export type OidcConfig = Omit<Static<typeof Oidc>, 'grants'> & { readonly grants: readonly GroupGrant[] }
export type LdapConfig = Omit<Static<typeof Ldap>, 'grants'> & { readonly grants: readonly GroupGrant[] }
export type GroupGrant = Grant & { readonly group: string }

/** Who may log in, and how; secrets are resolved. */
export interface AccessConfig {
  readonly oidc: OidcConfig | undefined
  readonly ldap: LdapConfig | undefined
  /** Address at which browsers reach the control API, without a slash at its end. */
  readonly url: string | undefined
  /** Peers whose X-Forwarded-For is believed. */
  readonly proxies: readonly string[]
  /** Who may change or give things away needs a second factor. */
  readonly secondFactor: boolean
  /** Where heads of the audit are told. */
  readonly auditHeads: string | undefined
}

/** Throws CONFIG-INVALID, CONFIG-MISSING. */
export function accessConfig(
  environment: Environment,
  options: { readonly redactor: Redactor; readonly isLocal: boolean },
): AccessConfig {
  const { ISTHMUS_ACCESS: file, ISTHMUS_CONTROL_PROXIES: proxies, ISTHMUS_AUDIT_HEADS: heads } = environment
  const url = urlOf(environment)
  const { oidc, ldap } = file ? readAccessFile(file, environment, options.redactor) : {}
  if (oidc && url === undefined)
    throw invalid('OIDC needs ISTHMUS_CONTROL_URL, the address at which browsers reach the control API.')
  return {
    oidc,
    ldap,
    url,
    proxies: (proxies ?? '').split(/[\s,]+/).filter(Boolean),
    secondFactor: secondFactorOf(environment, options.isLocal && url === undefined),
    auditHeads: heads || undefined,
  }
}

/** Where others than this machine may come, it is needed unless it is said that it is not. */
function secondFactorOf({ ISTHMUS_SECOND_FACTOR: text }: Environment, isLocal: boolean): boolean {
  if (!text) return !isLocal
  if (text === '0' || text === '1') return text === '1'
  throw invalid(`ISTHMUS_SECOND_FACTOR is 1 or 0, not "${text}".`)
}

function urlOf({ ISTHMUS_CONTROL_URL: text }: Environment): string | undefined {
  if (!text) return undefined
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '') return url.origin
  throw invalid(`ISTHMUS_CONTROL_URL is such as https://isthmus.example.com, not "${text}".`)
}

function readAccessFile(path: string, environment: Environment, redactor: Redactor) {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw invalid(`ISTHMUS_ACCESS: ${path} cannot be read as JSON: ${reasonOf(cause)}`)
  }
  const ajv = new Ajv2020({ strict: true, allErrors: false })
  if (!ajv.validate(File, content)) throw invalid(`ISTHMUS_ACCESS: ${path}: ${ajv.errorsText()}`)
  const { oidc, ldap } = content as Static<typeof File>
  const reveal = (name: string | undefined, whose: string) =>
    name === undefined ? undefined : resolveSetting(secret(name), whose, environment, redactor)
  return {
    oidc: oidc && withSecret(oidc, 'clientSecret', reveal(oidc.clientSecret, 'oidc')),
    ldap: ldap && withSecret(safeLdap(ldap, path), 'password', reveal(ldap.password, 'ldap')),
  }
}

function withSecret<T extends object>(config: T, name: keyof T & string, value: string | undefined): T {
  return value === undefined ? config : { ...config, [name]: value }
}

/** Passwords of people go to the directory, and through no wire in the clear. */
function safeLdap(ldap: Static<typeof Ldap>, path: string): Static<typeof Ldap> {
  const { protocol, hostname } = new URL(ldap.url)
  const isLocal = /^(127\.|\[::1\]$|localhost$)/.test(hostname)
  if (protocol === 'ldap:' && !isLocal && !ldap.startTls)
    throw invalid(`ISTHMUS_ACCESS: ${path}: ldap.url is ldaps://, or startTls is true.`)
  return ldap.ca === undefined ? ldap : { ...ldap, ca: readFileSync(resolve(dirname(path), ldap.ca), 'utf8') }
}

function invalid(text: string): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', text)
}

/** What the groups of somebody give, in the order of the configuration. */
export function grantsOf(groups: readonly string[], configured: readonly GroupGrant[]): Grant[] {
  return configured
    .filter(({ group }) => groups.includes(group))
    .map(({ role, scope }) => ({ role, ...(scope && { scope }) }))
}
