import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { refused } from '../operations/deciding.ts'
import { commonPasswords } from './common-passwords.ts'

/** 32 MiB for each. Source: OWASP Password Storage Cheat Sheet, scrypt. */
const strength = { N: 2 ** 15, r: 8, p: 3 } as const

/** One at a time, so that logins take no more than one core and 32 MiB; who would wait longer is refused. */
const longestQueue = 20
let queued = 0
let last: Promise<unknown> = Promise.resolve()

/** `scrypt$N$r$p$salt$hash`: a hash keeps the strength it was made with. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { N, r, p } = strength
  const hash = await derive(password, salt, strength)
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** As slow for an account that is not there, or has no password. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, N, r, p, salt = '', wanted = ''] = (hash ?? nobody).split('$')
  const derived = await derive(password, Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  })
  const fits = timingSafeEqual(derived, Buffer.from(wanted, 'base64url'))
  return fits && hash !== undefined
}

const nobody = `scrypt$${strength.N}$${strength.r}$${strength.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

async function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  if (queued >= longestQueue) throw refused('Too many log in at this moment. Try again soon.', 429)
  queued++
  const derived = last.then(() => {
    return new Promise<Buffer>((resolve, reject) => {
      const limits = { ...options, maxmem: 2 ** 27 }
      scrypt(password.normalize('NFKC'), salt, 32, limits, (error, key) => {
        if (error) reject(error)
        else resolve(key)
      })
    })
  })
  last = derived.catch(() => {}).finally(() => queued--)
  return derived
}

export const shortestPassword = 8
export const longestPassword = 1024

/**
 * Refuses what is guessed first. No rules of composition, since they make passwords worse. Source: NIST SP 800-63B, OWASP
 * ASVS 6.2.
 */
export function requireGoodPassword(password: string, name: string): void {
  const length = [...password].length
  const plain = password.normalize('NFKC').toLowerCase()
  const own = [name.toLowerCase(), 'isthmus'].filter(word => word.length > 3)
  if (length < shortestPassword)
    throw weak('short', `A password has at least ${shortestPassword} characters; 15 or more are better.`)
  if (commonPasswords.has(plain) || /^(.)\1*$/u.test(plain))
    throw weak('common', 'This password is among those that are tried first.')
  if (own.some(word => plain.includes(word) && plain.length - word.length < 6))
    throw weak('own-name', 'A password must not be little more than a name.')
}

function weak(password: 'short' | 'common' | 'own-name', text: string) {
  return refused(text, 400, { password })
}
