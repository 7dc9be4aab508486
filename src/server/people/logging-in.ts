import { randomUUID } from 'node:crypto'
import { refused } from '../operations/deciding.ts'
import { type Account, hasSecondFactor } from './account.ts'
import type { Accounts } from './accounts.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { Denials } from './audit/denials.ts'
import type { Caller } from './caller.ts'
import type { LdapLogin } from './ldap-login.ts'
import { type LoginAttempt, LoginLimits } from './login-limits.ts'
import type { DirectoryPerson } from './oidc-login.ts'
import { verifyPassword } from './passwords.ts'
import type { Seal } from './seal.ts'
import type { SecondFactor } from './second-factor.ts'
import type { SecurityKeys } from './security-keys.ts'
import type { Sessions } from './sessions.ts'

export interface LoginOrder {
  readonly name: string
  readonly password: string
  readonly totp?: string | undefined
  /** What a security key answers. */
  readonly key?: unknown
}

export interface Entered {
  readonly account: Account
  /** Of the session, for the cookie. */
  readonly secret: string
  /** Lets this browser be told from strangers. */
  readonly device: string
}

export interface LoggingInOptions {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly denials: Denials
  readonly secondFactor: SecondFactor
  readonly securityKeys: SecurityKeys
  readonly ldap: LdapLogin | undefined
  readonly seal: Seal
}

/** Lets people in, and tells those whom it does not no more than that. */
export class LoggingIn {
  readonly limits = new LoginLimits()
  readonly #options: LoggingInOptions

  constructor(options: LoggingInOptions) {
    this.#options = options
  }

  /** Throws CONTROL-REFUSED: 401 for what is wrong or missing, 429 after too much of it. */
  async enter(order: LoginOrder, caller: Caller): Promise<Entered> {
    const { name, password } = order
    const attempt = this.attempt(name, caller)
    this.requirePatience(attempt)
    const account = await this.#check(name, password)
    if (!account || account.disabled) throw this.failed(attempt, 'Name or password is wrong.')
    if (hasSecondFactor(account)) await this.#second(account, order, attempt)
    this.limits.succeeded(attempt)
    return this.#begin(account, caller, 'login')
  }

  /** Somebody for whom a directory vouches. */
  async admit(person: DirectoryPerson, caller: Caller): Promise<Entered> {
    const account = await this.#known(person).catch(error => {
      this.failed(this.attempt(person.name, caller), '')
      throw error
    })
    return this.#begin(account, caller, 'login')
  }

  attempt(name: string, { address, device }: Caller): LoginAttempt {
    const [account = '', nonce = '', mac] = device?.split('|') ?? []
    const isOurs = account === name && this.#options.seal.mac(`device|${account}|${nonce}`) === mac
    return { name: name.normalize('NFKC').toLowerCase(), address, device: isOurs ? nonce : undefined }
  }

  requirePatience(attempt: LoginAttempt): void {
    const wait = this.limits.wait(attempt)
    if (wait === 0) return
    const seconds = Math.ceil(wait / 1000)
    throw refused(`Too many wrong attempts. Try again in ${seconds} s.`, 429, { seconds })
  }

  failed(attempt: LoginAttempt, text: string, more?: Readonly<Record<string, unknown>>) {
    this.limits.failed(attempt)
    const { name, address } = attempt
    const how = { actor: '', how: 'none', address, action: 'login', object: `account ${name}` } as const
    this.#options.denials.add({ ...how, status: 401 })
    return refused(text, 401, more)
  }

  /** As slow for nobody as for somebody. */
  async #check(name: string, password: string): Promise<Account | undefined> {
    const { accounts, ldap } = this.#options
    const account = accounts.find(name)
    if (await verifyPassword(password, account?.password)) return account
    if (!ldap || (account && account.origin !== 'ldap')) return undefined
    const person = await ldap.check(name, password)
    return person && this.#known(person)
  }

  async #second(account: Account, { totp, key }: LoginOrder, attempt: LoginAttempt): Promise<void> {
    const { secondFactor, securityKeys } = this.#options
    // Only who knows the password learns that more is needed.
    if (totp === undefined && key === undefined) throw await this.#asking(account)
    const isRight = totp !== undefined && (await secondFactor.use(account, totp))
    if (isRight || (key !== undefined && (await securityKeys.use(account, key)))) return
    throw this.failed(attempt, 'This code or key is wrong, or was used before.', {
      ...(await this.#needed(account)),
      totp: 'wrong',
    })
  }

  async #asking(account: Account) {
    return refused('A second factor is needed.', 401, await this.#needed(account))
  }

  async #needed(account: Account) {
    const { keys = [], totp } = account
    const asked = keys.length > 0 ? { key: await this.#options.securityKeys.ask(account) } : {}
    return { needs: 'totp', app: totp !== undefined, ...asked }
  }

  /** The account of somebody whom a directory knows, with the grants that it gives now. */
  async #known({ origin, name, subject, grants }: DirectoryPerson): Promise<Account> {
    const { accounts, sessions } = this.#options
    if (grants.length === 0)
      throw refused('None of your groups gives you anything here.', 403, { grants: 'none' })
    if (!/^[^\p{Cc}|]{1,200}$/u.test(name)) throw refused('This name cannot be that of an account.', 403)
    const account = accounts.find(name)
    if (!account) {
      const base = { disabled: false, tokens: [], created: Date.now() }
      return accounts.create({ name, origin, subject, grants, ...base })
    }
    if (account.origin !== origin || account.subject !== subject)
      throw refused('Somebody else has an account of this name here.', 403)
    if (account.disabled) throw refused('This account is disabled.', 403)
    if (JSON.stringify(account.grants) === JSON.stringify(grants)) return account
    const changed = await accounts.change(name, 'grants', () => ({ grants }))
    await sessions.endAll(account.name, 'grants changed')
    return changed
  }

  /** Always a session of its own; the one that the browser had ends. */
  async #begin(account: Account, caller: Caller, action: string): Promise<Entered> {
    const { audit, sessions, seal } = this.#options
    const { name } = account
    const { address, agent, session } = caller
    const object = `account ${name}`
    const entry = { operation: randomUUID(), phase: 'done', action, object, address, outcome: 'ok' } as const
    await audit.write({ ...entry, actor: name, how: 'session' })
    const earlier = session === undefined ? undefined : sessions.use(session)
    if (earlier) await sessions.end(earlier.id, 'replaced')
    const secret = await sessions.begin(name, address, agent)
    const nonce = randomUUID()
    return { account, secret, device: `${name}|${nonce}|${seal.mac(`device|${name}|${nonce}`)}` }
  }
}
