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

export interface RawLine {
  readonly line: number
  readonly offset: number
  readonly bytes: Uint8Array
  readonly ending: '' | '\n' | '\r\n' | '\r'
}

/** A line that was read. Its bytes are hardly ever asked for. */
export class TextLine {
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
