import { byteName, decodeExactly, type Encoding, firstUndecodable } from './encoding.ts'
import { type Line, type RawLine, TextLine } from './line.ts'
import { TextBlock } from './text-block.ts'

export interface LineDecoder {
  /** The lines that this chunk completes. */
  push(chunk: Uint8Array): Line[]
  /** The same, as blocks where that is possible: each is to be read before the next is asked for. */
  pushed(chunk: Uint8Array): (Line | TextBlock)[]
  /** The last line, if the file does not end with a line ending. */
  end(): Line[]
}

/** `offset` and `line` say where the first chunk stands in the file, for reading on after a stop: the begin of a line. */
export interface LineOptions {
  readonly offset?: number | undefined
  readonly line?: number | undefined
  /** A longer line becomes a defect with only its begin kept, so that memory stays bounded. Default 16 MiB. */
  readonly maxLineBytes?: number | undefined
  /** Looks at each line that is read, and may answer another one. Asked at least where one of UTF-8 is not ASCII. */
  readonly check?: ((line: Line) => Line) | undefined
}

/**
 * Splits a file into lines (LF, CRLF or CR) and decodes each, so that undecodable bytes cost one line and never the
 * file. No encoding of `Encoding` uses the bytes of CR and LF within another character, which makes this split safe;
 * fields may only be split in the decoded text, since a GB18030 character may well end in the byte of `|` or of `\`.
 */
export function decodeLines(encoding: Encoding, options: LineOptions = {}): LineDecoder {
  return new Lines(encoding, options)
}

const none = new Uint8Array(0)

class Lines implements LineDecoder {
  readonly #encoding: Encoding
  readonly #maxBytes: number
  readonly #endings: Endings
  readonly #check: ((line: Line) => Line) | undefined
  #offset: number
  #line: number
  /** It knows how many lines it has when it was read. */
  #last: TextBlock | undefined
  /** The begin of the line that is not complete yet. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #dropped = 0
  /** Bytes that say nothing before the next ones are known: half a code unit, or a CR that an LF may follow. */
  #undecided: Uint8Array = none

  constructor(encoding: Encoding, options: LineOptions) {
    this.#encoding = encoding
    this.#maxBytes = options.maxLineBytes ?? 16 * 1024 * 1024
    this.#endings = endingsOf(encoding)
    this.#check = options.check
    this.#offset = options.offset ?? 0
    this.#line = options.line ?? 1
  }

  push(chunk: Uint8Array): Line[] {
    return linesIn(this.pushed(chunk))
  }

  pushed(chunk: Uint8Array): (Line | TextBlock)[] {
    const data = this.#undecided.length === 0 ? chunk : Buffer.concat([this.#undecided, chunk])
    const decided = data.length - this.#endings.undecided(data)
    this.#undecided = data.subarray(decided)
    return this.#split(data.subarray(0, decided))
  }

  end(): Line[] {
    const parts = this.#split(this.#undecided)
    this.#undecided = none
    const lines = linesIn(parts)
    if (this.#last !== undefined) this.#line = this.#last.line
    if (this.#heldBytes + this.#dropped > 0) lines.push(this.#complete(none, 0))
    return lines
  }

  #split(data: Uint8Array): (Line | TextBlock)[] {
    const parts: (Line | TextBlock)[] = []
    this.#line = this.#last?.line ?? this.#line
    this.#last = undefined
    const end = this.#endings.behindLast(data)
    let start = 0
    const next = () => {
      const at = this.#endings.next(data, start)
      const size = this.#endings.sizeAt(data, at)
      parts.push(this.#complete(data.subarray(start, at + size), size))
      start = at + size
    }
    if (this.#heldBytes + this.#dropped > 0 && end > 0) next()
    const block = this.#decoded(data.subarray(start, end))
    if (block !== undefined) parts.push(block)
    else while (start < end) next()
    this.#hold(data.subarray(end))
    return parts
  }

  /** Undefined if there are no lines, or not all can be read. */
  #decoded(bytes: Uint8Array): TextBlock | undefined {
    if (bytes.length === 0 || bytes.length > this.#maxBytes) return undefined
    const text = decodeExactly(bytes, this.#encoding)
    if (text === undefined) return undefined
    const isWide = this.#encoding.startsWith('utf-16')
    const place = { line: this.#line, offset: this.#offset }
    this.#last = new TextBlock({ ...place, bytes, text, isWide, check: this.#check })
    this.#offset += bytes.length
    return this.#last
  }

  #hold(part: Uint8Array): void {
    const kept = part.subarray(0, Math.max(0, this.#maxBytes - this.#heldBytes))
    if (kept.length > 0) this.#held.push(kept)
    this.#heldBytes += kept.length
    this.#dropped += part.length - kept.length
  }

  /** `last` completes the line; its last `size` bytes are the line ending. */
  #complete(last: Uint8Array, size: number): Line {
    const ending = size === 0 ? '' : this.#endings.textOf(last, last.length - size, size)
    let bytes = last
    let dropped = 0
    if (this.#heldBytes + last.length > this.#maxBytes || this.#held.length > 0) {
      this.#hold(last)
      bytes = Buffer.concat(this.#held)
      dropped = this.#dropped
      this.#held = []
      this.#heldBytes = this.#dropped = 0
    }
    const place: RawLine = { line: this.#line++, offset: this.#offset, bytes, ending }
    this.#offset += bytes.length + dropped
    if (dropped > 0) return { ...place, ...tooLong(bytes, dropped, this.#encoding) }
    return this.#read(place, size)
  }

  #read(place: RawLine, size: number): Line {
    const { line, offset, bytes, ending } = place
    const content = size === 0 ? bytes : bytes.subarray(0, bytes.length - size)
    const text = decodeExactly(content, this.#encoding)
    if (text === undefined) return { ...place, ...undecodable(content, offset, this.#encoding) }
    const marked = offset === 0 && text.charCodeAt(0) === 0xfeff
    const found = new TextLine(line, offset, marked ? text.slice(1) : text, ending, bytes, 0, bytes.length)
    return this.#check?.(found) ?? found
  }
}

function linesIn(parts: readonly (Line | TextBlock)[]): Line[] {
  return parts.flatMap(part => (part instanceof TextBlock ? part.lines() : [part]))
}

function undecodable(content: Uint8Array, offset: number, encoding: Encoding) {
  const at = firstUndecodable(content, encoding)
  return {
    defect: `${byteName(content, at)} at offset ${offset + at} is not ${encoding}`,
    preview: new TextDecoder(encoding).decode(content),
  }
}

function tooLong(bytes: Uint8Array, dropped: number, encoding: Encoding) {
  return {
    defect: `line of ${bytes.length + dropped} bytes, longer than the allowed ${bytes.length}; only its begin is kept`,
    preview: new TextDecoder(encoding).decode(bytes.subarray(0, 1000)),
  }
}

interface Endings {
  /** How many bytes at the end cannot be judged before more are known. */
  undecided(data: Uint8Array): number
  /** Where the first one from a place on begins; there must be one. */
  next(data: Uint8Array, from: number): number
  /** The bytes of the one that begins at a place. */
  sizeAt(data: Uint8Array, at: number): number
  /** The index behind the last one; 0 if there is none. */
  behindLast(data: Uint8Array): number
  /** The text of the ending at this place, of so many bytes. */
  textOf(bytes: Uint8Array, at: number, size: number): '\n' | '\r\n' | '\r'
}

function endingsOf(encoding: Encoding): Endings {
  if (encoding === 'utf-16le') return wideEndings(0)
  return encoding === 'utf-16be' ? wideEndings(1) : byteEndings
}

const byteEndings: Endings = {
  undecided: data => (data.at(-1) === 13 ? 1 : 0),
  next(data, from) {
    let at = from
    while (data[at] !== 10 && data[at] !== 13) at++
    return at
  },
  sizeAt: (data, at) => (data[at] === 13 && data[at + 1] === 10 ? 2 : 1),
  behindLast: data => Math.max(data.lastIndexOf(10), data.lastIndexOf(13)) + 1,
  textOf: (bytes, at, size) => (size === 2 ? '\r\n' : bytes[at] === 13 ? '\r' : '\n'),
}

/** UTF-16: `low` is the place of a unit's low byte. Every line begins at a whole unit, since every ending is whole. */
function wideEndings(low: 0 | 1): Endings {
  const unit = (data: Uint8Array, at: number) =>
    at >= 0 && at + 1 < data.length ? (data[at + low] as number) + 256 * (data[at + 1 - low] as number) : -1
  const isEnding = (data: Uint8Array, at: number) => [10, 13].includes(unit(data, at))
  return {
    undecided(data) {
      const half = data.length % 2
      return half + (unit(data, data.length - half - 2) === 13 ? 2 : 0)
    },
    next(data, from) {
      let at = from
      while (!isEnding(data, at)) at += 2
      return at
    },
    sizeAt: (data, at) => (unit(data, at) === 13 && unit(data, at + 2) === 10 ? 4 : 2),
    behindLast(data) {
      let at = data.length - (data.length % 2) - 2
      while (at >= 0 && !isEnding(data, at)) at -= 2
      return Math.max(0, at + 2)
    },
    textOf: (bytes, at, size) => (size === 4 ? '\r\n' : unit(bytes, at) === 13 ? '\r' : '\n'),
  }
}
