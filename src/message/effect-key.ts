/** Source: RFC 4648 base32 alphabet, in lower case so that a key is usable as a file name and in a URL. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** Gives bytes as a text of one character each: such a text costs half as much as an array. */
export type Digest = (text: string) => string

/**
 * The stable name of one effect of one message: the same on every attempt, worker, release and restart, and different
 * for any two effects. Fields are length-prefixed, so that no two tuples join to one text.
 */
export function effectKey(digest: Digest, fields: readonly (string | number)[]): string {
  let joined = ''
  for (const field of fields) {
    const text = String(field)
    joined += `${text.length}:${text}`
  }
  return base32(digest(joined))
}

const digits = Buffer.from(alphabet)
/** Where a text is put together; never longer than the digits of a SHA-512. */
const written = Buffer.alloc(104)

function base32(bytes: string): string {
  let count = 0
  let bits = 0
  let held = 0
  for (let at = 0; at < bytes.length; at++) {
    held = (held << 8) | bytes.charCodeAt(at)
    for (bits += 8; bits >= 5; count++) {
      bits -= 5
      written[count] = digits[(held >>> bits) & 31] as number
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) written[count++] = digits[held << (5 - bits)] as number
  return written.toString('latin1', 0, count)
}
