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

/** For each 10 bits the two digits that say them. */
const pairs = Array.from({ length: 1024 }, (_, bits) => `${alphabet[bits >>> 5]}${alphabet[bits & 31]}`)

function base32(bytes: string): string {
  let text = ''
  let bits = 0
  let held = 0
  for (let at = 0; at < bytes.length; at++) {
    held = (held << 8) | bytes.charCodeAt(at)
    bits += 8
    if (bits < 10) continue
    bits -= 10
    text += pairs[held >>> bits]
    held &= (1 << bits) - 1
  }
  if (bits === 0) return text
  const rest = pairs[held << (10 - bits)] as string
  return text + (bits > 5 ? rest : rest[0])
}
