import { hash } from 'node:crypto'
import { IsthmusError } from '../../../errors.ts'

/** The keys that a server may show. */
export interface KnownKeys {
  /** Kinds of the keys, where all are known: what the server is asked for. */
  readonly kinds: readonly string[] | undefined
  has(key: Buffer): boolean
}

/** Reads lines of `SHA256:...`, or of public keys, also as known_hosts has them. Throws CONFIG-INVALID. */
export function knownKeys(text: string, system: string): KnownKeys {
  const known = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => keyIn(line))
  if (known.length === 0 || known.includes(undefined))
    throw new IsthmusError(
      'CONFIG-INVALID',
      `The hostKey of system ${system} is neither SHA256:... nor a public key like "ssh-ed25519 AAAA...".`,
    )
  const prints = new Set(known.map(each => each?.print))
  const kinds = known.flatMap(each => each?.kind ?? [])
  return {
    kinds: kinds.length === known.length ? kindsToAskFor(kinds) : undefined,
    has: key => prints.has(fingerprint(key)),
  }
}

export function fingerprint(key: Buffer): string {
  return `SHA256:${hash('sha256', key, 'base64').replace(/=+$/, '')}`
}

/** A key begins with its kind. Source: RFC 4253, 6.6. */
export function kindOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1')
}

function keyIn(line: string): { readonly print: string; readonly kind?: string } | undefined {
  if (/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(line)) return { print: line.replace('=', '') }
  const [, kind = '', text = ''] =
    /(?:^|\s)((?:ssh|ecdsa)-[\w-]+) ([A-Za-z0-9+/]{40,}=*)(?:\s|$)/.exec(line) ?? []
  const key = Buffer.from(text, 'base64')
  return key.length > 40 && kindOf(key) === kind ? { print: fingerprint(key), kind } : undefined
}

/** An RSA key signs in several ways; that with SHA-1 is not asked for. */
function kindsToAskFor(kinds: readonly string[]): string[] {
  return kinds.flatMap(kind => (kind === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [kind]))
}
