import { sqliteDigest } from '../moved-identity.ts'

/** A string as a column without affinity keeps it exactly: as text, or as UTF-16 bytes if it has lone surrogates. */
export type StoredText = string | Uint8Array

export function toStored(text: string): StoredText {
  return text.isWellFormed() ? text : Buffer.from(text, 'utf16le')
}

/** Gives a text for whatever a damaged row may hold: its checksum will not fit. */
export function fromStored(stored: StoredText): string {
  return stored instanceof Uint8Array ? Buffer.from(stored).toString('utf16le') : String(stored)
}

/**
 * The name of an identity as primary key. Names stand as they are, because those of one source mostly grow: their
 * index then grows at its end, where hashes would touch a page each. Only long ones are hashed.
 */
export function identityKey(name: string): StoredText {
  return sqliteDigest(name) ?? name
}
