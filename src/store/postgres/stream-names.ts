import { hash } from 'node:crypto'
import { nameBytes, nameOfBytes } from '../name-bytes.ts'
import type { StreamName } from '../streams.ts'

/** A B-tree of PostgreSQL holds no more than 2704 bytes of one row; two names and a state must fit. */
const longest = 1000

/** How the tables name a stream: by the bytes of its names, of which PostgreSQL keeps every one and orders by them. */
export interface StoredName {
  readonly kind: Buffer
  readonly key: Buffer
  /** Both in JSON, if one is too long for an index: its bytes are a beginning and a digest then. */
  readonly long: string | null
}

/** Names of more than 1,000 bytes that begin alike are ordered by their digests. */
export function storedName({ kind, key }: StreamName): StoredName {
  const [kindBytes, keyBytes] = [nameBytes(kind), nameBytes(key)]
  const isLong = kindBytes.length > longest || keyBytes.length > longest
  return { kind: place(kindBytes), key: place(keyBytes), long: isLong ? JSON.stringify([kind, key]) : null }
}

export function nameOfStored({ kind, key, long }: StoredName): StreamName {
  if (long === null) return { kind: nameOfBytes(kind), key: nameOfBytes(key) }
  const [longKind, longKey] = JSON.parse(long) as [string, string]
  return { kind: longKind, key: longKey }
}

function place(bytes: Buffer): Buffer {
  if (bytes.length <= longest) return bytes
  return Buffer.concat([bytes.subarray(0, longest - 31), hash('sha256', bytes, 'buffer')])
}
