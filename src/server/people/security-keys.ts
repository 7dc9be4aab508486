import { randomUUID } from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { IsthmusError } from '../../errors.ts'
import { refused } from '../operations/deciding.ts'
import type { Account, SecurityKey } from './account.ts'
import type { Accounts } from './accounts.ts'

/** Milliseconds in which a challenge must be answered. */
const patience = 5 * 60_000
const mostKeys = 10

/** Security keys and the like (WebAuthn, level 2) as second factors. They are bound to the address of the console. */
export class SecurityKeys {
  readonly #accounts: Accounts
  readonly #name: string
  readonly #origin: string | undefined
  /** What was asked last of each account, and can be answered once. */
  readonly #challenges = new Map<string, { readonly challenge: string; readonly until: number }>()

  constructor(accounts: Accounts, options: { readonly name: string; readonly origin: string | undefined }) {
    this.#accounts = accounts
    this.#name = options.name
    this.#origin = options.origin
  }

  async begin({ name, origin, keys = [] }: Account): Promise<PublicKeyCredentialCreationOptionsJSON> {
    if (origin !== 'local') throw refused('The directory of this account asks for the second factor.')
    if (keys.length >= mostKeys) throw refused(`There are ${mostKeys} security keys. Remove one first.`)
    const { generateRegistrationOptions } = await loadServer()
    const asked = await generateRegistrationOptions({
      rpName: this.#name,
      rpID: this.#place().id,
      userName: name,
      excludeCredentials: keys.map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
    })
    this.#ask(`new ${name}`, asked.challenge)
    return asked
  }

  async confirm({ name }: Account, label: string, response: unknown): Promise<void> {
    const { verifyRegistrationResponse } = await loadServer()
    const { origin, id } = this.#place()
    const expectedChallenge = this.#answered(`new ${name}`)
    const { registrationInfo } = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: false,
    }).catch(wrongKey)
    if (!registrationInfo) throw wrongKey()
    const { credential } = registrationInfo
    const key: SecurityKey = {
      id: credential.id,
      label,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      at: Date.now(),
    }
    await this.#accounts.change(name, 'key added', ({ keys = [] }) => ({ keys: [...keys, key] }))
  }

  /** For who knows the password. */
  async ask({ name, keys = [] }: Account): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await loadServer()
    const asked = await generateAuthenticationOptions({
      rpID: this.#place().id,
      allowCredentials: keys.map(({ id }) => ({ id })),
      userVerification: 'preferred',
    })
    this.#ask(name, asked.challenge)
    return asked
  }

  /** Whether one of the account's keys has answered what was asked last. A counter that goes back is one of a copy. */
  async use({ name, keys = [] }: Account, response: unknown): Promise<boolean> {
    const key = keys.find(({ id }) => id === (response as { id?: unknown } | null)?.id)
    if (!key) return false
    const { verifyAuthenticationResponse } = await loadServer()
    const { origin, id } = this.#place()
    const { publicKey, counter } = key
    const found = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: this.#answered(name),
      expectedOrigin: origin,
      expectedRPID: id,
      credential: { id: key.id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter },
      requireUserVerification: false,
    }).catch(() => undefined)
    if (!found?.verified) return false
    const used = { ...key, counter: found.authenticationInfo.newCounter }
    await this.#accounts.change(name, 'key used', now => {
      return { keys: (now.keys ?? []).map(each => (each.id === key.id ? used : each)) }
    })
    return true
  }

  #place(): { readonly origin: string; readonly id: string } {
    const origin = this.#origin
    if (origin === undefined)
      throw refused('Security keys need ISTHMUS_CONTROL_URL, the address to which they are bound.')
    return { origin, id: new URL(origin).hostname }
  }

  #ask(who: string, challenge: string): void {
    this.#challenges.set(who, { challenge, until: Date.now() + patience })
  }

  #answered(who: string): string {
    const { challenge, until = 0 } = this.#challenges.get(who) ?? {}
    this.#challenges.delete(who)
    // What nobody has been asked for, no answer fits.
    return challenge !== undefined && until > Date.now() ? challenge : randomUUID()
  }
}

function wrongKey(cause?: unknown): never {
  throw new IsthmusError('CONTROL-REFUSED', 'This security key cannot be taken.', {
    cause,
    detail: { status: 403, more: { key: 'wrong' } },
  })
}

async function loadServer(): Promise<typeof import('@simplewebauthn/server')> {
  try {
    return await import('@simplewebauthn/server')
  } catch (cause) {
    const text =
      'Security keys need the package @simplewebauthn/server, and it is not installed. Run: npm install @simplewebauthn/server'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
