import { IsthmusError } from '../../errors.ts'
import { decodeExactly, type Encoding, firstUndecodable, hex } from '../../message/codec/encoding.ts'
import type { Bytes } from './format.ts'

/** A stretch of an XML document up to and with the next `>`. */
export interface Piece {
  /** Of its first byte. */
  readonly offset: number
  readonly bytes: Uint8Array
  /** With a `defect`, U+FFFD stands for what cannot be read. */
  readonly text: string
  readonly defect: string | undefined
}

/**
 * Cuts a document at each `>` and decodes the pieces, so that undecodable bytes damage no more than the piece they are
 * in. No encoding of `Encoding` has the bytes of `<` and `>` within another character. A longer piece throws MSG-LIMIT.
 */
export async function* xmlPieces(
  bytes: Bytes,
  encoding: Encoding,
  maxBytes: number,
): AsyncGenerator<Piece[]> {
  const size = unitSize(encoding)
  let rest: Uint8Array = new Uint8Array(0)
  let offset = 0
  for await (const chunk of bytes.from(0)) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const pieces: Piece[] = []
    let start = 0
    let at = indexOfSign(data, '>', Math.max(0, rest.length - size), encoding)
    for (; at !== -1; at = indexOfSign(data, '>', start, encoding)) {
      pieces.push(pieceOf(data.subarray(start, at + size), offset + start, encoding))
      start = at + size
    }
    rest = data.subarray(start)
    offset += start
    if (rest.length > maxBytes)
      throw new IsthmusError('MSG-LIMIT', `more than ${maxBytes} bytes without a ">"`)
    yield pieces
  }
  if (rest.length > 0) yield [pieceOf(rest, offset, encoding)]
}

/** The byte of a piece at which its last tag begins. */
export function lastTag({ bytes }: Piece, encoding: Encoding): number {
  let last = 0
  for (let at = 0; at !== -1; at = indexOfSign(bytes, '<', at + unitSize(encoding), encoding)) last = at
  return last
}

function pieceOf(bytes: Uint8Array, offset: number, encoding: Encoding): Piece {
  const text = decodeExactly(bytes, encoding)
  if (text !== undefined) return { offset, bytes, text, defect: undefined }
  const at = firstUndecodable(bytes, encoding)
  const defect = `${hex(bytes, at)} at offset ${offset + at} is not ${encoding}`
  return { offset, bytes, text: new TextDecoder(encoding).decode(bytes), defect }
}

function unitSize(encoding: Encoding): 1 | 2 {
  return encoding.startsWith('utf-16') ? 2 : 1
}

/** `data` begins with a whole unit. -1 where the sign does not occur from `from` on. */
function indexOfSign(data: Uint8Array, sign: '<' | '>', from: number, encoding: Encoding): number {
  const code = sign.charCodeAt(0)
  let at = data.indexOf(code, from)
  if (unitSize(encoding) === 1) return at
  const low = encoding === 'utf-16le' ? 0 : 1
  while (at !== -1 && (at % 2 !== low || data[at + 1 - 2 * low] !== 0)) at = data.indexOf(code, at + 1)
  return at === -1 ? -1 : at - low
}
