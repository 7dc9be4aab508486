import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Codes that change with time. Source: RFC 6238 with SHA-1, six digits and 30 s, which is what apps know. */
const period = 30_000
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** In base32 (RFC 4648), as apps take it. */
export function newTotpSecret(): string {
  return [...randomBytes(32)].map(byte => letters[byte & 31]).join('')
}

export function totpUri(secret: string, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`
}

export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', decoded(secret)).update(counter).digest()
  const offset = (mac.at(-1) as number) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

export function stepAt(now: number): number {
  return Math.floor(now / period)
}

/**
 * The step for which the code is right: this one, or one beside it for clocks that are off. Steps up to `used` are
 * spent: a code works once. Undefined for a wrong one.
 */
export function totpStep(secret: string, code: string, now: number, used: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const at = stepAt(now)
  let found: number | undefined
  for (const step of [at - 1, at, at + 1]) if (step > used && same(totpCode(secret, step), code)) found = step
  return found
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

function decoded(secret: string): Buffer {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const letter of secret) {
    held = ((held << 5) | letters.indexOf(letter)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
  }
  return Buffer.from(bytes)
}
