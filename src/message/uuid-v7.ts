/**
 * A UUID version 7: 48 bits of milliseconds, then 74 random bits, so that ids sort by time.
 * Source: RFC 9562, section 5.7. `random` holds at least 10 bytes.
 */
export function uuidV7(now: number, random: Uint8Array): string {
  const time = now.toString(16).padStart(12, '0')
  const hex = Buffer.from(random.buffer, random.byteOffset, 10).toString('hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(3), 16) & 3]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`
}
