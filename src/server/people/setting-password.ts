import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { refused } from '../operations/deciding.ts'
import { type Account, digest } from './account.ts'
import type { Accounts } from './accounts.ts'
import { hashPassword, requireGoodPassword } from './passwords.ts'
import type { Sessions } from './sessions.ts'

/** Milliseconds for which a code is good. */
const resetTime = 60 * 60_000
const invitationTime = 7 * 24 * 60 * 60_000

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** Eighty bits, to be typed by a person. */
export function newCode(): string {
  const text = [...randomBytes(16)].map(byte => letters[byte & 31]).join('')
  return text.match(/.{4}/g)?.join('-') as string
}

/** As people write it. */
export function plainCode(code: string): string {
  return code.toUpperCase().replace(/[^A-Z0-9]/g, '')
}

export interface StartedCode {
  readonly code: string
  readonly until: number
}

/** Passwords are chosen by those whose they are: with the old one, or with a code. */
export class SettingPassword {
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #data: string

  constructor(accounts: Accounts, sessions: Sessions, data: string) {
    this.#accounts = accounts
    this.#sessions = sessions
    this.#data = data
  }

  /** An account without a password, and the code for its owner to set one. */
  async invite(account: Pick<Account, 'name' | 'grants'>): Promise<StartedCode> {
    const { code, until, reset } = started(invitationTime)
    const base = { origin: 'local', disabled: false, tokens: [], created: Date.now() } as const
    await this.#accounts.create({ ...account, ...base, reset })
    return { code, until }
  }

  /** The password that there is stays good until the code is used: nobody is locked out by it. */
  async begin(name: string): Promise<StartedCode> {
    const { code, until, reset } = started(resetTime)
    await this.#accounts.change(name, 'reset begun', ({ origin }) => {
      if (origin !== 'local') throw refused('The password of this account is kept by its directory.')
      return { reset }
    })
    return { code, until }
  }

  /** For an admin, who must not learn the code of somebody who is there already: into a file that who runs the instance reads. */
  deposit(name: string, { code, until }: StartedCode): string {
    const path = this.#file(name)
    const text = `${name}: ${code} (until ${new Date(until).toISOString()})\n`
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }

  /** Throws CONTROL-REFUSED (403) for a wrong code, the same for an account that is not there. */
  requireCode(name: string, code: string): Account {
    const account = this.#accounts.find(name)
    const { hash = '', until = 0 } = account?.reset ?? {}
    if (account && !account.disabled && until > Date.now() && digest(plainCode(code)) === hash) return account
    throw refused('This code is wrong, or not good any more.', 403)
  }

  async byCode(name: string, code: string, password: string): Promise<Account> {
    return this.#set(this.requireCode(name, code), password)
  }

  async bySelf(account: Account, password: string, session: string | undefined): Promise<Account> {
    return this.#set(account, password, session)
  }

  /** Whoever came in with the earlier one is out. */
  async #set(account: Account, password: string, session?: string): Promise<Account> {
    const { name } = account
    requireGoodPassword(password, name)
    const hash = await hashPassword(password)
    const changed = await this.#accounts.change(name, 'password set', now => {
      if (now.password !== account.password) throw refused('The password was changed in the meantime.')
      return { password: hash, reset: undefined }
    })
    rmSync(this.#file(name), { force: true })
    await this.#sessions.endAll(name, 'password changed', session)
    return changed
  }

  #file(name: string): string {
    return join(this.#data, `reset-${digest(name).slice(0, 12)}.txt`)
  }
}

function started(time: number) {
  const code = newCode()
  const until = Date.now() + time
  return { code, until, reset: { hash: digest(plainCode(code)), until } }
}
