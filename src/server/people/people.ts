import { randomUUID, timingSafeEqual } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { Log } from '../../observe/log.ts'
import type { Redactor } from '../../observe/redactor.ts'
import type { StreamReader } from '../../store/streams.ts'
import type { Environment } from '../configuration.ts'
import { refused } from '../operations/deciding.ts'
import { type AccessConfig, accessConfig } from './access-config.ts'
import { type Account, digest, hasSecondFactor, type Token } from './account.ts'
import { Accounts } from './accounts.ts'
import { AuditLog } from './audit/audit-log.ts'
import { Denials } from './audit/denials.ts'
import { HeadTeller, type NodeKey, openNodeKey } from './audit/signed-heads.ts'
import { type Caller, isLoopback } from './caller.ts'
import { Following } from './following.ts'
import type { Keep } from './keeping.ts'
import { LdapLogin } from './ldap-login.ts'
import { type Entered, LoggingIn } from './logging-in.ts'
import { OidcLogin } from './oidc-login.ts'
import { hashPassword, requireGoodPassword } from './passwords.ts'
import { type Actor, canSomewhere, type Permission } from './permissions.ts'
import { SavedViews } from './saved-views.ts'
import { openSeal, type Seal } from './seal.ts'
import { SecondFactor } from './second-factor.ts'
import { SecurityKeys } from './security-keys.ts'
import { Sessions } from './sessions.ts'
import { newCode, plainCode, SettingPassword } from './setting-password.ts'

export interface PeopleOptions {
  readonly data: string
  readonly environment: Environment
  /** Of the control API. */
  readonly host: string
  readonly landscape: string
  readonly streams: StreamReader
  readonly keep: Keep
  readonly log: Log
  readonly redactor: Redactor
}

/** Who is known: the actor, and the account, session or token behind it. */
export interface Known {
  readonly actor: Actor
  readonly account?: Account | undefined
  readonly session?: string | undefined
  /** What is to be done before anything else is allowed. */
  readonly must?: 'totp' | undefined
}

/** With these much can be broken, or given away: where others may come they ask for a second factor. */
const privileged = ['edit', 'discard', 'replay-new', 'resolve', 'people'] as const satisfies Permission[]

export const tokenPrefix = 'ist_'

/** Everybody who may do something here, how they come in, and what is written about it. */
export class People {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly denials: Denials
  readonly secondFactor: SecondFactor
  readonly securityKeys: SecurityKeys
  readonly passwords: SettingPassword
  readonly login: LoggingIn
  readonly views: SavedViews
  readonly oidc: OidcLogin | undefined
  readonly config: AccessConfig
  readonly streams: StreamReader
  readonly seal: Seal
  /** With which the first owner is set, while there is none. */
  readonly setUpCode = newCode()
  /** Is told once that there is one. */
  onOwner: () => void = () => {}
  readonly #teller: HeadTeller
  readonly #following: Following

  constructor(options: PeopleOptions, key: NodeKey) {
    const { environment, keep, data, log, landscape, host, redactor } = options
    this.config = accessConfig(environment, { redactor, isLocal: isLoopback(host) })
    const { ldap, oidc, url = '', auditHeads = `${data}/audit-heads.jsonl` } = this.config
    this.streams = options.streams
    this.seal = openSeal(data, environment.ISTHMUS_PEOPLE_KEY)
    if (environment.ISTHMUS_PEOPLE_KEY) redactor.add(environment.ISTHMUS_PEOPLE_KEY)
    this.accounts = new Accounts(keep)
    this.sessions = new Sessions(keep)
    this.views = new SavedViews(keep)
    this.audit = new AuditLog({ node: key.node, keep, log })
    this.denials = new Denials(this.audit)
    const { accounts, sessions, audit, denials, seal } = this
    this.#following = new Following(options.streams, [accounts, sessions, this.views])
    this.secondFactor = new SecondFactor({ accounts, seal, issuer: `Isthmus ${landscape}` })
    this.passwords = new SettingPassword(accounts, sessions, data)
    const name = `Isthmus ${landscape}`
    this.securityKeys = new SecurityKeys(accounts, { name, origin: this.config.url })
    const { secondFactor, securityKeys } = this
    const directory = ldap && new LdapLogin(ldap)
    const second = { secondFactor, securityKeys }
    this.login = new LoggingIn({ accounts, sessions, audit, denials, ...second, seal, ldap: directory })
    this.oidc = oidc && new OidcLogin(oidc, url)
    this.#teller = new HeadTeller({ key, to: auditHeads, end: () => audit.end, log })
  }

  /** The first owner. Whoever asks has read the code where the instance runs. Throws CONTROL-REFUSED. */
  async setUp(
    order: { readonly code: string; readonly name: string; readonly password: string },
    caller: Caller,
  ): Promise<Entered> {
    const { code, name, password } = order
    if (this.accounts.hasOwner) throw refused('There is an owner already.')
    const attempt = this.login.attempt('', caller)
    this.login.requirePatience(attempt)
    const isRight = timingSafeEqual(
      Buffer.from(digest(plainCode(code))),
      Buffer.from(digest(plainCode(this.setUpCode))),
    )
    if (!isRight || !isLoopback(caller.address)) throw this.login.failed(attempt, 'This code is wrong.')
    requireGoodPassword(password, name)
    const hash = await hashPassword(password)
    const asked = { operation: randomUUID(), phase: 'done', action: 'setup', outcome: 'ok' } as const
    const object = `account ${name}`
    await this.audit.write({ ...asked, actor: name, how: 'none', address: caller.address, object })
    const base = { origin: 'local', disabled: false, tokens: [], created: Date.now() } as const
    await this.accounts.create({ ...base, name, password: hash, grants: [{ role: 'admin' }] })
    this.onOwner()
    return this.login.enter({ name, password }, caller)
  }

  /** Sets a password with a code. Throws CONTROL-REFUSED. */
  async resetPassword(
    { name, code, password }: { readonly name: string; readonly code: string; readonly password: string },
    caller: Caller,
  ): Promise<void> {
    const attempt = this.login.attempt(name, caller)
    this.login.requirePatience(attempt)
    const operation = randomUUID()
    const about = {
      operation,
      how: 'none',
      address: caller.address,
      action: 'password',
      actor: name,
    } as const
    const entry = { ...about, object: `account ${name}` }
    try {
      this.passwords.requireCode(name, code)
    } catch (error) {
      this.login.failed(attempt, '')
      throw error
    }
    await this.audit.write({ ...entry, phase: 'asked' })
    await this.passwords.byCode(name, code, password)
    await this.audit.write({ ...entry, phase: 'done', outcome: 'ok' }).catch(() => {})
  }

  /** Learns what people have changed at other members of the store: whom an owner has shut out is out here, too. */
  async refresh(): Promise<void> {
    const had = this.accounts.hasOwner
    await this.#following.refresh()
    if (!had && this.accounts.hasOwner) this.onOwner()
  }

  bySession(secret: string): Known | undefined {
    const session = this.sessions.use(secret)
    const account = session && this.accounts.find(session.account)
    if (!session || !account || account.disabled) return undefined
    const { grants, must } = this.#granted(account)
    return { actor: { name: account.name, grants, by: 'session' }, account, session: session.id, must }
  }

  byToken(secret: string): Known | undefined {
    const { account, token } = this.accounts.byToken(secret) ?? {}
    if (!account || !token || account.disabled || token.expires <= Date.now()) return undefined
    return { actor: this.#tokenActor(account, token), account }
  }

  #tokenActor(account: Account, token: Token): Actor {
    const name = `token:${token.name} of ${account.name}`
    return { name, grants: token.grants, within: this.#granted(account).grants, by: 'token' }
  }

  /** Nothing until the second factor is there, where it must be. */
  #granted(account: Account): Pick<Known, 'must'> & Pick<Actor, 'grants'> {
    const { name, grants, origin } = account
    const actor: Actor = { name, grants, by: 'session' }
    const isNeeded = this.config.secondFactor && origin === 'local' && !hasSecondFactor(account)
    if (!isNeeded || !privileged.some(permission => canSomewhere(actor, permission))) return { grants }
    return { grants: [], must: 'totp' }
  }

  async close(): Promise<void> {
    this.denials.close()
    await this.#teller.close()
  }
}

/** With everything that the store holds. Throws CONFIG-INVALID. */
export async function openPeople(options: PeopleOptions): Promise<People> {
  const people = new People(options, openNodeKey(options.data))
  const { streams } = options
  await people.accounts.load(streams)
  await people.sessions.load(streams)
  await people.views.load(streams)
  await people.audit.load(streams)
  return people
}

/** The account of who asks; tokens and who runs the instance have none to change. */
export function ownAccount({ account, session }: Pick<Known, 'account' | 'session'>): Account {
  if (account && session !== undefined) return account
  throw new IsthmusError('CONTROL-REFUSED', 'This is for people who have logged in.', {
    detail: { status: 403 },
  })
}
