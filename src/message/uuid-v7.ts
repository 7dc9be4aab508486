/** Random bytes that each UUID takes. */
export const randomEach = 10

/**
 * UUIDs of version 7: 48 bits of milliseconds, then 74 random bits, so that ids sort by time. One for each `randomEach`
 * bytes. Source: RFC 9562, section 5.7.
 */
export function uuidsV7(now: number, random: Uint8Array): string[] {
  const time = now.toString(16).padStart(12, '0')
  const start = `${time.slice(0, 8)}-${time.slice(8)}-7`
  const hex = Buffer.from(random.buffer, random.byteOffset, random.byteLength).toString('hex')
  const ids: string[] = []
  for (let at = 0; at + 2 * randomEach <= hex.length; at += 2 * randomEach) {
    const variant = '89ab'[Number.parseInt(hex.charAt(at + 3), 16) & 3]
    ids.push(
      `${start}${hex.slice(at, at + 3)}-${variant}${hex.slice(at + 4, at + 7)}-${hex.slice(at + 7, at + 19)}`,
    )
  }
  return ids
}
