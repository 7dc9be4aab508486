import { isAscii } from 'node:buffer'
import { IsthmusError } from '../../../errors.ts'
import { byteName, decodeExactly, type Encoding, firstUndecodable } from '../encoding.ts'
import type { Place } from './problem.ts'
import type { Advice, Separators } from './separators.ts'

/** A longer one is no segment: its terminator is missing. */
const longestSegment = 1024 * 1024

/** A segment as it was found, without its terminator. */
export interface RawSegment extends Place {
  /** The offset behind its terminator. */
  readonly end: number
  /** With U+FFFD in the place of what cannot be read, if there is a `defect`. */
  readonly text: string
  readonly defect: string | undefined
}

export interface ScannerOptions {
  /** Tags with which an interchange begins, three characters each. */
  readonly begins: readonly string[]
  /** See `isaAdvice`. */
  advice(bytes: Uint8Array, isEnd: boolean): Advice | undefined | null
  readonly encoding: Encoding
}

/**
 * Cuts the bytes of a file into segments, in one pass and in memory of one segment and one chunk. Line ends and blanks
 * between segments are passed over. Throws MSG-DECODE where no interchange begins and one should.
 */
export class Scanner {
  readonly #options: ScannerOptions
  readonly #begins: readonly Buffer[]
  /** Of the text; the reader may change it when an interchange says so. */
  encoding: Encoding
  /** The six characters of UNA, if the interchange has one. */
  una: string | undefined
  /** Undefined between interchanges. */
  separators: Separators | undefined
  /** Separators were said apart from the segment with which the interchange begins. */
  #advised = false
  #rest: Buffer = Buffer.alloc(0)
  /** Of the first byte of `#rest`. */
  #offset = 0
  #line = 1

  constructor(options: ScannerOptions) {
    if (options.encoding.startsWith('utf-16'))
      throw new IsthmusError('MSG-DECODE', `EDI is not read in ${options.encoding}`)
    this.#options = options
    this.#begins = options.begins.map(tag => Buffer.from(tag))
    this.encoding = options.encoding
  }

  /** Where the segment begins that is not complete yet. */
  get offset(): number {
    return this.#offset
  }

  /** The segments that are complete with this chunk; ask for all of them before the next one is pushed. */
  *push(chunk: Uint8Array): Generator<RawSegment> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    yield* this.#scan(this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]), false)
    if (this.#rest.length > longestSegment)
      throw this.#fault(`a segment that does not end within ${longestSegment} bytes`, 'MSG-LIMIT')
  }

  /** What remains, as there are no more chunks. */
  *end(): Generator<RawSegment> {
    yield* this.#scan(this.#rest, true)
    if (this.#rest.length === 0) return
    const { segment } = this.separators ?? {}
    throw this.#fault(`a segment that is not ended by ${JSON.stringify(segment)}`)
  }

  *#scan(block: Buffer, isEnd: boolean): Generator<RawSegment> {
    let encoding = this.encoding
    let text = textOf(block, encoding)
    const base = this.#offset
    let at = 0
    let lineEnd = -1
    try {
      for (;;) {
        at = this.#passBlanks(block, at, base)
        if (at >= block.length) return
        const begun = this.#beginAt(block, at, base, isEnd)
        if (begun === undefined) return
        if (begun > at) {
          at = begun
          continue
        }
        const end = this.#endOf(block, text, at, isEnd)
        if (end === -1) return
        this.#advised = false
        if (encoding !== this.encoding) {
          encoding = this.encoding
          text = textOf(block, encoding)
        }
        const line = this.#line
        const begin = at
        const next = Math.min(end + 1, block.length)
        const place = { offset: base + at, end: base + next, line }
        if (text !== undefined) yield { ...place, text: text.slice(at, end), defect: undefined }
        else yield { ...place, ...this.#decoded(block.subarray(at, end), base + at) }
        at = next
        for (; lineEnd < at; lineEnd = nextLine(block, lineEnd + 1)) if (lineEnd >= begin) this.#line++
      }
    } finally {
      this.#rest = block.subarray(at)
      this.#offset = base + at
    }
  }

  /** Learns the separators where an interchange begins. Answers where to go on; undefined where more bytes are needed. */
  #beginAt(block: Buffer, at: number, base: number, isEnd: boolean): number | undefined {
    if (this.separators !== undefined && (this.#advised || !this.#isBegin(block, at))) return at
    if (this.separators === undefined && block.length - at < 4 && !isEnd) return undefined
    this.#offset = base + at
    const advice = this.#adviceAt(block.subarray(at), isEnd)
    if (advice === undefined) return undefined
    this.separators = advice.separators
    this.una = advice.una
    this.#advised = advice.skip > 0
    return at + advice.skip
  }

  #isBegin(block: Buffer, at: number): boolean {
    const first = block[at]
    return this.#begins.some(tag => tag[0] === first && tag[1] === block[at + 1] && tag[2] === block[at + 2])
  }

  #adviceAt(bytes: Buffer, isEnd: boolean): Advice | undefined {
    let advice: Advice | undefined | null
    try {
      advice = this.#options.advice(bytes, isEnd)
    } catch (error) {
      throw error instanceof IsthmusError ? this.#fault(error.message) : error
    }
    if (advice !== null) return advice
    if (this.separators === undefined)
      throw this.#fault(`no interchange begins here: ${this.#begin()} expected`)
    return { separators: this.separators, skip: 0 }
  }

  #begin(): string {
    return this.#options.begins.join(' or ')
  }

  #fault(reason: string, code: 'MSG-DECODE' | 'MSG-LIMIT' = 'MSG-DECODE'): IsthmusError {
    const detail = { offset: this.#offset, line: this.#line }
    return new IsthmusError(code, `line ${detail.line}, byte ${detail.offset}: ${reason}`, { detail })
  }

  /** The index behind blanks, line ends and, at the begin of the file, a byte order mark. */
  #passBlanks(block: Buffer, from: number, base: number): number {
    let at = from
    if (base + at === 0) at = markLength(block)
    for (; at < block.length; at++) {
      const byte = block[at]
      if (byte === 10) this.#line++
      else if (byte !== 13 && byte !== 32 && byte !== 9) break
    }
    return at
  }

  /** The index of the terminator of the segment that begins at `from`, or -1. */
  #endOf(block: Buffer, text: string | undefined, from: number, isEnd: boolean): number {
    const found = this.#terminatorIn(block, text, from)
    // The last line of a file may well be without an end.
    const isLastLine = isEnd && found === -1 && /[\r\n]/.test(this.separators?.segment ?? '')
    return isLastLine ? block.length : found
  }

  #terminatorIn(block: Buffer, text: string | undefined, from: number): number {
    const { segment, release } = this.separators as Separators
    const code = segment.charCodeAt(0)
    const next = (at: number) => {
      if (text !== undefined) return text.indexOf(segment, at)
      return this.encoding.startsWith('gb') ? indexInGb(block, code, from, at) : block.indexOf(code, at)
    }
    let end = next(from)
    if (release === '') return end
    const releaseCode = release.charCodeAt(0)
    while (end !== -1 && isReleased(block, releaseCode, from, end)) end = next(end + 1)
    return end
  }

  #decoded(bytes: Buffer, offset: number): { text: string; defect: string | undefined } {
    const text = isAscii(bytes) ? bytes.toString('latin1') : decodeExactly(bytes, this.encoding)
    if (text !== undefined) return { text, defect: undefined }
    const at = firstUndecodable(bytes, this.encoding)
    const defect = `${byteName(bytes, at)} at offset ${offset + at} is not ${this.encoding}`
    return { text: new TextDecoder(this.encoding).decode(bytes), defect }
  }
}

/** The text of a block, if it has one character for each byte. */
function textOf(block: Buffer, encoding: Encoding): string | undefined {
  if (isAscii(block)) return block.toString('latin1')
  return /^(iso|windows)-/.test(encoding) ? decodeExactly(block, encoding) : undefined
}

function nextLine(block: Buffer, from: number): number {
  const found = block.indexOf(10, from)
  return found === -1 ? Number.POSITIVE_INFINITY : found
}

/** Whether an odd number of release characters stands before a place. Each is looked at once per segment end. */
function isReleased(block: Buffer, release: number, from: number, at: number): boolean {
  let before = at
  while (before > from && block[before - 1] === release) before--
  return (at - before) % 2 === 1
}

/** As `indexOf`, past double and four-byte characters, whose other bytes may look like ASCII. `start` begins one. */
function indexInGb(block: Buffer, code: number, start: number, from: number): number {
  for (let at = start; at < block.length; at++) {
    const byte = block[at] as number
    if (byte === code && at >= from) return at
    if (byte <= 0x80 || byte === 0xff) continue
    const second = block[at + 1] ?? 0
    at += second >= 0x30 && second <= 0x39 ? 3 : 1
  }
  return -1
}

function markLength(block: Buffer): number {
  if (block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf) return 3
  return block[0] === 0x84 && block[1] === 0x31 && block[2] === 0x95 && block[3] === 0x33 ? 4 : 0
}
