/**
 * The bytes by which names of streams are ordered: UTF-8, and for lone surrogates, which UTF-8 cannot say, the three
 * bytes that it would have for their number. So any text has bytes of its own.
 */
export function nameBytes(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name)
  return Buffer.concat(
    Array.from(name, letter => (letter.isWellFormed() ? Buffer.from(letter) : lone(letter))),
  )
}

function lone(surrogate: string): Buffer {
  const code = surrogate.charCodeAt(0)
  return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)])
}

/** The text of `nameBytes`. */
export function nameOfBytes(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return latin
    .split(/(\xed[\xa0-\xbf][\x80-\xbf])/)
    .map((part, index) => (index % 2 === 0 ? Buffer.from(part, 'latin1').toString() : surrogateOf(part)))
    .join('')
}

const surrogateOf = (three: string): string =>
  String.fromCharCode(0xd000 | ((three.charCodeAt(1) & 0x3f) << 6) | (three.charCodeAt(2) & 0x3f))
