import { isUtf8 } from 'node:buffer'
import { type Line, TextLine } from './line.ts'

const lf = 10
const cr = 13

export interface Decoded {
  readonly bytes: Uint8Array
  readonly text: string
  /** Where they stand in the file. */
  readonly line: number
  readonly offset: number
  /** Whether every code of the text has two bytes. */
  readonly isWide: boolean
  /** May answer another line for one that it looks at. */
  readonly check: ((line: Line) => Line) | undefined
}

/**
 * Whole lines that were decoded all at once, which is several times as fast as one by one. `line`, `offset` and `at`
 * say where the next of them begins: its number, its byte in the file, its character in `text`.
 */
export class TextBlock {
  /** Its end is a line ending. */
  readonly text: string
  line: number
  offset: number
  at = 0
  readonly #begin: number
  readonly #given: Decoded

  constructor(given: Decoded) {
    this.#given = given
    this.text = given.text
    this.line = given.line
    this.offset = this.#begin = given.offset
  }

  /** Whether the next line begins with a byte order mark. */
  get isMarked(): boolean {
    return this.offset === 0 && this.text.charCodeAt(0) === 0xfeff
  }

  lines(): Line[] {
    const units = this.units()
    const lines: Line[] = []
    while (this.at < this.text.length) lines.push(this.next(units))
    return lines
  }

  /** The codes of the text, which are read faster from here. They hold until those of another block are asked for. */
  units(): Uint16Array {
    const { length } = this.text
    if (scratch.length < 2 * length + 2) scratch = Buffer.alloc(4 * length)
    scratch.write(this.text, 'utf16le')
    const units = new Uint16Array(scratch.buffer, scratch.byteOffset, length + 1)
    units[length] = 0
    return units
  }

  next(units: Uint16Array): Line {
    const { line, offset, text } = this
    const begin = this.isMarked ? 1 : this.at
    let end = this.at
    while (units[end] !== lf && units[end] !== cr) end++
    const read = text.slice(begin, end)
    const ending = units[end] === lf ? '\n' : units[end + 1] === lf ? '\r\n' : '\r'
    this.#pass(end, units)
    const { bytes, check } = this.#given
    const from = offset - this.#begin
    const found = new TextLine(line, offset, read, ending, bytes, from, this.offset - this.#begin)
    return check?.(found) ?? found
  }

  /** Leaves the next line behind, whose ending begins at `end`. False if it must be checked: it is still the next. */
  leave(end: number, units: Uint16Array): boolean {
    const { at, offset } = this
    this.#pass(end, units)
    const { bytes, check } = this.#given
    if (check === undefined || !isOtherUtf8(bytes, offset - this.#begin, this.offset - this.#begin))
      return true
    this.at = at
    this.offset = offset
    this.line--
    return false
  }

  #pass(end: number, units: Uint16Array): void {
    const behind = end + (units[end] === cr && units[end + 1] === lf ? 2 : 1)
    this.offset += this.#bytesOf(behind)
    this.at = behind
    this.line++
  }

  /** A character has at least as many bytes as codes. Only what it has beyond that is looked for. */
  #bytesOf(behind: number): number {
    const count = behind - this.at
    const { bytes, isWide } = this.#given
    if (isWide) return 2 * count
    const from = this.offset - this.#begin
    let last = from + count - 1
    while (bytes[last] !== lf && bytes[last] !== cr) last++
    return (bytes[last] === cr && bytes[last + 1] === lf ? last + 2 : last + 1) - from
  }
}

let scratch = Buffer.alloc(0)

/** Whether what is not ASCII in a line is UTF-8. Hardly any line must be looked at further than its first character. */
function isOtherUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  while (at < to && (bytes[at] as number) < 0x80) at++
  const lead = bytes[at] as number
  const next = bytes[at + 1] as number
  return lead > 0xc1 && lead < 0xf5 && next > 0x7f && next < 0xc0 && isUtf8(bytes.subarray(from, to))
}
