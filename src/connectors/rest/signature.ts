import { createHmac, timingSafeEqual } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { InboundRequest } from '../../system/route.ts'
import { describeSetting, type Reference, type Setting } from '../../system/setting.ts'

/** How callers sign, as `hmac` and `hubSignature` say it. Any of the keys is good, so that a new one can be introduced before the old one is withdrawn. */
export interface Signature {
  /** Of Standard Webhooks, or of GitHub. */
  readonly scheme: 'standard-webhooks' | 'hub'
  /** Given as `secret(...)`. */
  readonly keys: readonly Reference[]
}

/**
 * Signed as Standard Webhooks defines it: headers webhook-id, webhook-timestamp and webhook-signature. A key that
 * begins with `whsec_` goes on in base64; any other is taken as the bytes of its text.
 */
export function hmac(...keys: readonly [Reference, ...Reference[]]): Signature {
  return { scheme: 'standard-webhooks', keys }
}

/**
 * Signed as GitHub does: header x-hub-signature-256, over the body alone. That does not keep anybody who has seen a
 * request from sending it again: such a channel needs an `id` in its data.
 */
export function hubSignature(...keys: readonly [Reference, ...Reference[]]): Signature {
  return { scheme: 'hub', keys }
}

/** Whether a request comes from somebody who has a key; to be asked before anything is read out of its body. */
export type Verifier = (request: InboundRequest) => boolean

/** Looks the keys up; throws CONFIG-MISSING or CONFIG-INVALID. `now` is in milliseconds since 1970 UTC. */
export function verifierOf(
  { scheme, keys }: Signature,
  resolve: (setting: Setting) => string,
  now: () => number,
): Verifier {
  const bytes = keys.map(key => keyBytes(key, resolve))
  return scheme === 'hub'
    ? request => verifyHub(request, bytes)
    : request => verifyStandard(request, bytes, now())
}

/** Seconds by which the clocks of caller and receiver may differ, and for which a copied request would be good. */
const tolerance = 300

/** Source: Standard Webhooks 1.0. No full stop in the id: it would move the border between what is signed. */
function verifyStandard({ headers, body }: InboundRequest, keys: readonly Buffer[], now: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers
  if (typeof id !== 'string' || typeof time !== 'string' || typeof signatures !== 'string') return false
  if (id === '' || id.includes('.') || !/^\d{1,12}$/.test(time)) return false
  if (!(Math.abs(now / 1000 - Number(time)) <= tolerance)) return false
  const candidates = signatures
    .split(' ')
    .filter(signature => signature.startsWith('v1,'))
    .map(signature => Buffer.from(signature.slice(3)))
  const signed = keys.map(key => {
    const digest = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64')
    return Buffer.from(digest)
  })
  return anyEqual(candidates, signed)
}

function verifyHub({ headers, body }: InboundRequest, keys: readonly Buffer[]): boolean {
  const signature = headers['x-hub-signature-256']
  if (typeof signature !== 'string') return false
  const signed = keys.map(key => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`)
  return anyEqual(
    [Buffer.from(signature)],
    signed.map(text => Buffer.from(text)),
  )
}

/** Takes the same time whatever the bytes are: every pair is compared, and compared to its end. */
function anyEqual(candidates: readonly Buffer[], signed: readonly Buffer[]): boolean {
  let equal = false
  for (const candidate of candidates) {
    for (const good of signed) {
      if (candidate.length === good.length && timingSafeEqual(candidate, good)) equal = true
    }
  }
  return equal
}

/** Bytes of a key that nobody guesses. */
const shortest = 16

function keyBytes(key: Reference, resolve: (setting: Setting) => string): Buffer {
  const text = resolve(key)
  const [, encoded] = /^whsec_(.*)$/.exec(text) ?? []
  const bytes = encoded === undefined ? Buffer.from(text) : Buffer.from(encoded, 'base64')
  const broken =
    encoded !== undefined && bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')
  if (bytes.length >= shortest && !broken) return bytes
  throw new IsthmusError(
    'CONFIG-INVALID',
    `The ${describeSetting(key)} is no key: give a text of ${shortest} bytes or more, or whsec_ and such a key in base64.`,
  )
}
