import { isUtf8 } from 'node:buffer'
import { decodeLines } from '../../message/codec/decode-lines.ts'
import { decodeExactly, type Encoding } from '../../message/codec/encoding.ts'
import type { Line } from '../../message/codec/line.ts'
import type { TextBlock } from '../../message/codec/text-block.ts'
import type { Bytes, Place } from './format.ts'

/** Bytes. What comes of a block should stay near in memory, and a record that is kept keeps the text of its block. */
const blockSize = 24 * 1024

/** The lines of a file from a place where a line begins. */
export async function* fileLines(
  bytes: Bytes,
  encoding: Encoding,
  from: Place,
  maxLineBytes?: number,
): AsyncGenerator<Line[]> {
  const decoder = decodeLines(encoding, { ...from, maxLineBytes, check: suspicion(encoding) })
  for await (const chunk of bytes.from(from.offset)) yield decoder.push(chunk)
  yield decoder.end()
}

/** The same, as blocks of no great size where that is possible. Each is to be read before the next is asked for. */
export async function* fileBlocks(
  bytes: Bytes,
  encoding: Encoding,
  from: Place,
): AsyncGenerator<(Line | TextBlock)[]> {
  const decoder = decodeLines(encoding, { ...from, check: suspicion(encoding) })
  for await (const chunk of bytes.from(from.offset))
    for (let at = 0; at < chunk.length; at += blockSize)
      yield decoder.pushed(chunk.subarray(at, at + blockSize))
  yield decoder.end()
}

/**
 * In encodings where almost any bytes are some text, a line of UTF-8 would be read as other characters and do damage
 * later. Text of these encodings that is also UTF-8 with characters of its own is so rare that a person may look at it.
 */
export function suspicion(encoding: Encoding): ((line: Line) => Line) | undefined {
  if (encoding.startsWith('utf-')) return undefined
  const foreign = foreignTo(encoding)
  return line => {
    if (line.text === undefined || !/[^\0-\x7f]/.test(line.text) || !isUtf8(line.bytes)) return line
    const { bytes, offset, ending, line: number } = line
    const other = decodeExactly(bytes, 'utf-8')
    if (other === undefined || !foreign.test(other)) return line
    const defect = `not ${encoding}, as declared, but UTF-8`
    return { line: number, offset, bytes, ending, defect, preview: other }
  }
}

/** Two bytes of GB18030 may well be one character of UTF-8; three are hardly ever. */
function foreignTo(encoding: Encoding): RegExp {
  return encoding.startsWith('gb') ? /[^\0-\u07ff]/ : /[^\0-\x7f]/
}
