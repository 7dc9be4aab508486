import { isUtf8 } from 'node:buffer'
import { decodeLines, type Line } from '../../message/codec/decode-lines.ts'
import { decodeExactly, type Encoding } from '../../message/codec/encoding.ts'
import type { Bytes, Place } from './format.ts'

/** The lines of a file from a place where a line begins. */
export async function* fileLines(
  bytes: Bytes,
  encoding: Encoding,
  from: Place,
  maxLineBytes?: number,
): AsyncGenerator<Line[]> {
  const decoder = decodeLines(encoding, { ...from, maxLineBytes })
  for await (const chunk of bytes.from(from.offset)) yield suspected(decoder.push(chunk), encoding)
  yield suspected(decoder.end(), encoding)
}

/**
 * In encodings where almost any bytes are some text, a line of UTF-8 would be read as other characters and do damage
 * later. Text of these encodings that is also UTF-8 with characters of its own is so rare that a person may look at it.
 */
export function suspected(lines: Line[], encoding: Encoding): Line[] {
  if (encoding.startsWith('utf-')) return lines
  return lines.map(line => {
    if (line.text === undefined || !/[^\0-\x7f]/.test(line.text)) return line
    const { bytes, offset, ending, line: number } = line
    const other = isUtf8(bytes) ? decodeExactly(bytes, 'utf-8') : undefined
    if (other === undefined || !foreign(encoding).test(other)) return line
    const defect = `not ${encoding}, as declared, but UTF-8`
    return { line: number, offset, bytes, ending, defect, preview: other }
  })
}

/** Two bytes of GB18030 may well be one character of UTF-8; three are hardly ever. */
function foreign(encoding: Encoding): RegExp {
  return encoding.startsWith('gb') ? /[^\0-\u07ff]/ : /[^\0-\x7f]/
}
