import { createHash, type Hash, hash } from 'node:crypto'
import { postgresDigest, sqliteDigest } from '../moved-identity.ts'
import type { CopiedIdentity } from './ends.ts'

/** A digest of things in their order, and how many they are. */
export class Digest {
  readonly #hash: Hash = createHash('sha256')
  #count = 0

  add(...parts: readonly (string | Uint8Array)[]): void {
    this.#count++
    for (const part of parts) {
      this.#hash.update(`${typeof part === 'string' ? part.length : part.byteLength}:`)
      this.#hash.update(part)
    }
  }

  get count(): number {
    return this.#count
  }

  /** Of all so far: the first 16 digits. */
  get value(): string {
    return this.#hash.copy().digest('hex').slice(0, 16)
  }
}

/** Of things in any order: the sums of 32 bits of the digest of each. */
export class UnorderedDigest {
  readonly #sums = new Uint32Array(4)
  #count = 0

  add(text: string): void {
    this.#count++
    const digest = hash('sha256', text, 'buffer')
    for (let n = 0; n < 4; n++) this.#sums[n] = (this.#sums[n] as number) + digest.readUInt32LE(n * 4)
  }

  get count(): number {
    return this.#count
  }

  get value(): string {
    return Buffer.from(this.#sums.buffer).toString('hex').slice(0, 16)
  }
}

/** The same for a name and for whatever a store keeps in its place. */
export function identityText({ name, content, id, at }: CopiedIdentity): string {
  const digest = typeof name === 'string' ? (sqliteDigest(name) ?? postgresDigest(name)) : name
  const known = digest === undefined ? name : Buffer.from(digest).toString('hex')
  return JSON.stringify([known, Buffer.from(content).toString('hex'), id, at])
}

/** JSON with the names of each object in order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
