import { refused } from '../operations/deciding.ts'
import { type Account, digest } from './account.ts'
import type { Accounts } from './accounts.ts'
import type { Seal } from './seal.ts'
import { newCode, plainCode } from './setting-password.ts'
import { newTotpSecret, totpStep, totpUri } from './totp.ts'

const recoveryCodes = 8

/** Codes of an app, as the second thing that a login needs. */
export class SecondFactor {
  readonly #accounts: Accounts
  readonly #seal: Seal
  readonly #issuer: string
  readonly #now: () => number
  /** Shown, and not confirmed yet; a restart forgets them. */
  readonly #begun = new Map<string, string>()

  constructor(options: { accounts: Accounts; seal: Seal; issuer: string; now?: () => number }) {
    this.#accounts = options.accounts
    this.#seal = options.seal
    this.#issuer = options.issuer
    this.#now = options.now ?? Date.now
  }

  begin({ name, totp, origin }: Account): { readonly secret: string; readonly uri: string } {
    if (origin !== 'local') throw refused('The directory of this account asks for the second factor.')
    if (totp) throw refused('There is a second factor. Remove it first.')
    const secret = newTotpSecret()
    this.#begun.set(name, secret)
    return { secret, uri: totpUri(secret, name, this.#issuer) }
  }

  /** Gives the codes for who loses the app: they are told this once, and each is good once. */
  async confirm({ name }: Account, code: string): Promise<readonly string[]> {
    const secret = this.#begun.get(name)
    if (secret === undefined) throw refused('Begin anew: this second factor is not known any more.')
    const at = this.#now()
    const used = totpStep(secret, code, at, 0)
    if (used === undefined) throw refused('This code is wrong.', 403, { totp: 'wrong' })
    const codes = Array.from({ length: recoveryCodes }, newCode)
    const recovery = codes.map(each => digest(plainCode(each)))
    const totp = { secret: this.#seal.seal(secret, `totp ${name}`), used, at, recovery }
    await this.#accounts.change(name, 'totp set', () => ({ totp }))
    this.#begun.delete(name)
    return codes
  }

  /** Whether the code is right, of the app or for who has lost it; it is spent then, also for whoever comes at the same moment. */
  async use({ name, totp }: Account, code: string): Promise<boolean> {
    const secret = totp && this.#seal.open(totp.secret, `totp ${name}`)
    if (!totp || secret === undefined) return false
    let isRight = false
    await this.#accounts.change(name, 'totp used', account => {
      const own = account.totp
      const step = own && totpStep(secret, code, this.#now(), own.used)
      const hash = digest(plainCode(code))
      isRight = step !== undefined || own?.recovery?.includes(hash) === true
      if (!own || !isRight) return {}
      if (step !== undefined) return { totp: { ...own, used: step } }
      return { totp: { ...own, recovery: own.recovery?.filter(each => each !== hash) } }
    })
    return isRight
  }
}
