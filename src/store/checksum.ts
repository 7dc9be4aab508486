import { crc32 } from 'node:zlib'

/**
 * CRC-32 of a stored record: over everything it says and over where it stands, so that a changed bit and a record in
 * another's place are both noticed. Lengths go in too: a border between two parts that moved changes the sum.
 */
export function checksum(parts: readonly (string | number | null)[], body?: Uint8Array): number {
  let text = ''
  for (const part of parts) {
    const written = String(part)
    text += `${written.length}:${written}`
  }
  const sum = crc32(text)
  return body === undefined ? sum : crc32(body, sum)
}
