import { byteName, decodeExactly, type Encoding, firstUndecodable } from './encoding.ts'

/**
 * One line of a file. `bytes` holds it as received, line ending included, so that all lines together are the file; it
 * is a view on the chunks that were pushed, which therefore must not be overwritten. `offset` counts bytes, `line`
 * counts from 1. A line is read (`text`, without its ending) or defective (`preview` for people, with U+FFFD for what
 * cannot be read: never to be passed on as data).
 */
export type Line = RawLine &
  (
    | { readonly text: string; readonly defect?: undefined }
    | { readonly defect: string; readonly preview: string; readonly text?: undefined }
  )

interface RawLine {
  readonly line: number
  readonly offset: number
  readonly bytes: Uint8Array
  readonly ending: '' | '\n' | '\r\n' | '\r'
}

export interface LineDecoder {
  /** The lines that this chunk completes. */
  push(chunk: Uint8Array): Line[]
  /** The last line, if the file does not end with a line ending. */
  end(): Line[]
}

/** `offset` and `line` say where the first chunk stands in the file, for reading on after a stop: the begin of a line. */
export interface LineOptions {
  readonly offset?: number | undefined
  readonly line?: number | undefined
  /** A longer line becomes a defect with only its begin kept, so that memory stays bounded. Default 16 MiB. */
  readonly maxLineBytes?: number | undefined
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

/** A line that was read. Its bytes are hardly ever asked for. */
class TextLine {
  readonly line: number
  readonly offset: number
  readonly text: string
  readonly ending: Line['ending']
  readonly defect = undefined
  readonly #data: Uint8Array
  readonly #start: number
  readonly #end: number

  constructor(
    line: number,
    offset: number,
    text: string,
    ending: Line['ending'],
    data: Uint8Array,
    start: number,
    end: number,
  ) {
    this.line = line
    this.offset = offset
    this.text = text
    this.ending = ending
    this.#data = data
    this.#start = start
    this.#end = end
  }

  get bytes(): Uint8Array {
    return this.#data.subarray(this.#start, this.#end)
  }
}

class Lines implements LineDecoder {
  readonly #encoding: Encoding
  readonly #maxBytes: number
  readonly #endings: Endings
  #offset: number
  #line: number
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
    this.#offset = options.offset ?? 0
    this.#line = options.line ?? 1
  }

  push(chunk: Uint8Array): Line[] {
    const data = this.#undecided.length === 0 ? chunk : Buffer.concat([this.#undecided, chunk])
    const decided = data.length - this.#endings.undecided(data)
    this.#undecided = data.subarray(decided)
    return this.#split(data.subarray(0, decided))
  }

  end(): Line[] {
    const lines = this.#split(this.#undecided)
    this.#undecided = none
    if (this.#heldBytes + this.#dropped > 0) lines.push(this.#complete(none, 0))
    return lines
  }

  #split(data: Uint8Array): Line[] {
    const lines: Line[] = []
    const ends: number[] = []
    this.#endings.each(data, (at, size) => void ends.push(at, size))
    let start = 0
    let next = 0
    if (this.#heldBytes + this.#dropped > 0 && ends.length > 0) {
      start = (ends[0] as number) + (ends[1] as number)
      lines.push(this.#complete(data.subarray(0, start), ends[1] as number))
      next = 2
    }
    const end = next < ends.length ? (ends.at(-2) as number) + (ends.at(-1) as number) : start
    const text =
      end - start > this.#maxBytes ? undefined : decodeExactly(data.subarray(start, end), this.#encoding)
    if (text !== undefined && end > start) this.#readTogether(data, text, start, ends, next, lines)
    else
      for (; next < ends.length; next += 2) {
        const lineEnd = (ends[next] as number) + (ends[next + 1] as number)
        lines.push(this.#complete(data.subarray(start, lineEnd), ends[next + 1] as number))
        start = lineEnd
      }
    this.#hold(data.subarray(end))
    return lines
  }

  /** Lines that can be decoded all at once, which is several times as fast as one by one. */
  #readTogether(
    data: Uint8Array,
    text: string,
    from: number,
    ends: number[],
    first: number,
    lines: Line[],
  ): void {
    let start = from
    let at = this.#offset === 0 && text.charCodeAt(0) === 0xfeff ? 1 : 0
    for (let next = first; next < ends.length; next += 2) {
      const place = ends[next] as number
      const size = ends[next + 1] as number
      const ending = this.#endings.textOf(data, place, size)
      const textEnd = text.indexOf(ending.charAt(0), at)
      lines.push(
        new TextLine(this.#line++, this.#offset, text.slice(at, textEnd), ending, data, start, place + size),
      )
      this.#offset += place + size - start
      start = place + size
      at = textEnd + ending.length
    }
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
    return new TextLine(line, offset, marked ? text.slice(1) : text, ending, bytes, 0, bytes.length)
  }
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
  each(data: Uint8Array, found: (at: number, size: number) => void): void
  /** The text of the ending at this place, of so many bytes. */
  textOf(bytes: Uint8Array, at: number, size: number): '\n' | '\r\n' | '\r'
}

function endingsOf(encoding: Encoding): Endings {
  if (encoding === 'utf-16le') return wideEndings(0)
  return encoding === 'utf-16be' ? wideEndings(1) : byteEndings
}

const byteEndings: Endings = {
  undecided: data => (data.at(-1) === 13 ? 1 : 0),
  each(data, found) {
    let lf = data.indexOf(10)
    let cr = data.indexOf(13)
    while (lf !== -1 || cr !== -1) {
      const atCr = cr !== -1 && (cr < lf || lf === -1)
      const size = atCr && lf === cr + 1 ? 2 : 1
      const at = atCr ? cr : lf
      found(at, size)
      if (atCr) cr = data.indexOf(13, at + 1)
      if (!atCr || size === 2) lf = data.indexOf(10, at + size)
    }
  },
  textOf: (bytes, at, size) => (size === 2 ? '\r\n' : bytes[at] === 13 ? '\r' : '\n'),
}

/** UTF-16: `low` is the place of a unit's low byte. Every line begins at a whole unit, since every ending is whole. */
function wideEndings(low: 0 | 1): Endings {
  const unit = (data: Uint8Array, at: number) =>
    at >= 0 && at + 1 < data.length ? (data[at + low] as number) + 256 * (data[at + 1 - low] as number) : -1
  return {
    undecided(data) {
      const half = data.length % 2
      return half + (unit(data, data.length - half - 2) === 13 ? 2 : 0)
    },
    each(data, found) {
      for (let at = 0; at + 1 < data.length; at += 2) {
        const code = unit(data, at)
        if (code !== 10 && code !== 13) continue
        const size = code === 13 && unit(data, at + 2) === 10 ? 4 : 2
        found(at, size)
        at += size - 2
      }
    },
    textOf: (bytes, at, size) => (size === 4 ? '\r\n' : unit(bytes, at) === 13 ? '\r' : '\n'),
  }
}
