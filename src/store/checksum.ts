import { crc32 } from 'node:zlib'

/**
 * CRC-32 of a stored record: over everything it says and over where it stands, so that a changed bit and a record in
 * another's place are both noticed. The lengths of `parts` go in too: a border that moved changes the sum. `bodies`
 * count as one, joined.
 */
export function checksum(
  parts: readonly (string | number | null)[],
  ...bodies: readonly Uint8Array[]
): number {
  let text = ''
  for (const part of parts) {
    const written = String(part)
    text += `${written.length}:${written}`
  }
  let sum = crc32(text)
  for (const body of bodies) sum = crc32(body, sum)
  return sum
}
