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
  /** May answer another line for one that is not plain ASCII. */
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
    let [end, bits] = [this.at, 0]
    for (let code = units[end]; code !== lf && code !== cr; code = units[++end]) bits |= code as number
    const read = text.slice(begin, end)
    const ending = units[end] === lf ? '\n' : units[end + 1] === lf ? '\r\n' : '\r'
    this.#pass(end, bits < 0x80, units)
    const from = offset - this.#begin
    const found = new TextLine(line, offset, read, ending, this.#given.bytes, from, this.offset - this.#begin)
    return bits < 0x80 ? found : (this.#given.check?.(found) ?? found)
  }

  /** Leaves the next line, which ends before `end`, behind; but not if its bytes should be checked. */
  leave(end: number, isAscii: boolean, units: Uint16Array): boolean {
    const { at, offset } = this
    this.#pass(end, isAscii, units)
    const { bytes, check } = this.#given
    if (isAscii || check === undefined) return true
    if (!mayBeUtf8(bytes.subarray(offset - this.#begin, this.offset - this.#begin))) return true
    this.at = at
    this.offset = offset
    this.line--
    return false
  }

  #pass(end: number, isAscii: boolean, units: Uint16Array): void {
    const behind = end + (units[end] === cr && units[end + 1] === lf ? 2 : 1)
    this.offset += this.#bytesOf(behind, isAscii)
    this.at = behind
    this.line++
  }

  /** A character has at least as many bytes as codes; only what is beyond that must be looked for. */
  #bytesOf(behind: number, isAscii: boolean): number {
    const count = behind - this.at
    const { bytes, isWide } = this.#given
    if (isWide) return 2 * count
    if (isAscii || bytes.length === this.text.length) return count
    const from = this.offset - this.#begin
    let last = from + count - 1
    while (bytes[last] !== lf && bytes[last] !== cr) last++
    return (bytes[last] === cr && bytes[last + 1] === lf ? last + 2 : last + 1) - from
  }
}

let scratch = Buffer.alloc(0)

/** True for few lines that are no UTF-8, so that hardly any is checked in vain. */
function mayBeUtf8(bytes: Uint8Array): boolean {
  let at = 0
  while ((bytes[at] as number) < 0x80) at++
  const lead = bytes[at] as number
  return lead > 0xc1 && lead < 0xf5 && ((bytes[at + 1] ?? 0) & 0xc0) === 0x80 && isUtf8(bytes)
}
