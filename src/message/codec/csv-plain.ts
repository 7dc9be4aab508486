const lf = 10
const cr = 13

/** Cuts lines into cells where nothing is unusual, which is so in almost all of them. */
export class PlainCells {
  /** Of the last line, as many as were found. A list of its own: what is put into an old one costs more. */
  cells: string[] = []
  /** Where the line ending begins. */
  end = 0
  readonly #delimiter: number
  readonly #quote: number
  readonly #highest: number

  constructor(delimiter: string, quote: string | false) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#quote = quote === false ? -1 : quote.charCodeAt(0)
    this.#highest = Math.max(this.#delimiter, this.#quote, cr)
  }

  /**
   * Answers how many cells the line has that begins at `from`, or 0 if it must be looked at closely: doubled, stray or
   * open quotes. `units` are the codes of the text, of which a line ending is the last.
   */
  cut(text: string, units: Uint16Array, from: number): number {
    const cells = this.cells.slice()
    this.cells = cells
    const delimiter = this.#delimiter
    const quote = this.#quote
    const highest = this.#highest
    for (let at = from, count = 0; ; at++) {
      let code = units[at] as number
      if (code === quote) {
        const begin = ++at
        code = units[at] as number
        while (code !== quote && code !== lf && code !== cr) code = units[++at] as number
        if (code !== quote) return 0
        cells[count++] = text.slice(begin, at)
        code = units[++at] as number
      } else {
        const begin = at
        while (code > highest || (code !== delimiter && code !== quote && code !== lf && code !== cr))
          code = units[++at] as number
        cells[count++] = begin === at ? '' : text.slice(begin, at)
      }
      if (code === delimiter) continue
      this.end = at
      return code === lf || code === cr ? count : 0
    }
  }
}
