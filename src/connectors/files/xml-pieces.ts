import { IsthmusError } from '../../errors.ts'
import { encodeText } from '../../message/codec/encode-text.ts'
import { decodeExactly, type Encoding, firstUndecodable } from '../../message/codec/encoding.ts'
import type { Bytes } from './format.ts'

/** A stretch of an XML document. */
export interface Piece {
  /** Of its first byte. */
  readonly offset: number
  readonly bytes: Uint8Array
  /** With a `defect`, U+FFFD stands for what cannot be read. */
  readonly text: string
  readonly defect: string | undefined
}

/**
 * Cuts a document at the begin of every tag and at the end of every end tag of elements with this local name, now and
 * then at other tags too, and decodes the pieces: so the offset of each such element is known, and undecodable bytes damage no
 * more than the piece they are in. No encoding of `Encoding` has the bytes of `<` and `>` within another character.
 * Throws MSG-LIMIT where no tag comes for `maxBytes`.
 */
export async function* xmlPieces(
  bytes: Bytes,
  encoding: Encoding,
  element: string,
  maxBytes: number,
): AsyncGenerator<Piece[]> {
  const signs = signsOf(element, encoding)
  let rest = Buffer.alloc(0)
  let offset = 0
  for await (const chunk of bytes.from(0)) {
    const data = Buffer.concat([rest, chunk])
    const cuts = cutsIn(data, signs)
    const pieces = cuts.map((cut, index) => {
      const start = cuts[index - 1] ?? 0
      return pieceOf(data.subarray(start, cut), offset + start, encoding)
    })
    rest = data.subarray(cuts.at(-1) ?? 0)
    offset += data.length - rest.length
    yield pieces
    if (rest.length > maxBytes)
      throw new IsthmusError('MSG-LIMIT', `more than ${maxBytes} bytes without a tag`)
  }
  if (rest.length > 0) yield [pieceOf(rest, offset, encoding)]
}

/** What is looked for, as bytes. */
function signsOf(element: string, encoding: Encoding) {
  const bytesOf = (text: string) => Buffer.from(encodeText(text, encoding))
  return { name: bytesOf(element), open: bytesOf('<'), close: bytesOf('>'), slash: bytesOf('/') }
}

/** The last one is at the last `<`, so that what is behind is no more than a tag and the text after it. */
function cutsIn(data: Buffer, { name, open, close, slash }: ReturnType<typeof signsOf>): number[] {
  const cuts: number[] = []
  const cutAt = (cut: number) => {
    if (cut > (cuts.at(-1) ?? 0)) cuts.push(cut)
  }
  for (let at = data.indexOf(name); at !== -1; at = data.indexOf(name, at + 1)) {
    const begin = signBefore(data, open, at)
    if (open.length === 1 && !isInName(data, begin + 1, at)) continue
    const isEndTag = data.subarray(begin + open.length, begin + 2 * open.length).equals(slash)
    if (!isEndTag) cutAt(begin)
    const end = begin !== -1 && isEndTag ? signBehind(data, close, at) : -1
    if (end !== -1) cutAt(end + close.length)
  }
  cutAt(signBefore(data, open, data.length))
  return cuts
}

/** Whether there is nothing but a prefix, and the `/` of an end tag, between a `<` and a name. */
function isInName(data: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((data[at] as number) <= 0x20 || data[at] === 0x3e) return false
  return true
}

/** `data` begins with a whole character, so that a sign of two bytes stands at an even index. */
function signBefore(data: Buffer, sign: Buffer, from: number): number {
  let at = data.lastIndexOf(sign, from)
  while (at > 0 && at % sign.length !== 0) at = data.lastIndexOf(sign, at - 1)
  return at
}

function signBehind(data: Buffer, sign: Buffer, from: number): number {
  let at = data.indexOf(sign, from)
  while (at > 0 && at % sign.length !== 0) at = data.indexOf(sign, at + 1)
  return at
}

function pieceOf(bytes: Buffer, offset: number, encoding: Encoding): Piece {
  const text = decodeExactly(bytes, encoding)
  if (text !== undefined) return { offset, bytes, text, defect: undefined }
  const at = firstUndecodable(bytes, encoding)
  const defect = `byte 0x${bytes.toString('hex', at, at + 1).toUpperCase()} at offset ${offset + at} is not ${encoding}`
  return { offset, bytes, text: new TextDecoder(encoding).decode(bytes), defect }
}
