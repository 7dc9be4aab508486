import { IsthmusError } from '../../../errors.ts'
import type { NumberKind } from './number-format.ts'
import { timeText } from './serial-time.ts'
import type { SharedStrings } from './shared-strings.ts'
import { type CellFault, longestRow, mostColumns, mostRows, type SheetRow } from './sheet-row.ts'
import { unreadable } from './xlsx-workbook.ts'
import type { XmlListener } from './xml-scanner.ts'

export interface CellMeaning {
  readonly strings: SharedStrings
  readonly kinds: readonly NumberKind[]
  readonly from1904: boolean
}

/** Reads the rows out of the part of a sheet. Source: ECMA-376-1, 18.3.1. */
export class XlsxRows implements XmlListener {
  readonly #meaning: CellMeaning
  #found: SheetRow[] = []
  #row = 0
  #inRow = false
  #cells: (string | undefined)[] = []
  #fault: CellFault | undefined
  #column = -1
  #type = ''
  #style = 0
  /** What is being read of a cell: its value or its text. */
  #reading = false
  #isPhonetic = false
  #value: string | undefined
  #hasFormula = false
  /** Characters of the row so far. */
  #length = 0

  constructor(meaning: CellMeaning) {
    this.#meaning = meaning
  }

  /** The rows completed since it was last asked. */
  take(): SheetRow[] {
    const found = this.#found
    this.#found = []
    return found
  }

  open(name: string, attributes: string): void {
    if (name === 'c') this.#openCell(attributes)
    else if (name === 'v' || name === 't') this.#reading = this.#inRow && !this.#isPhonetic
    else if (name === 'f') this.#hasFormula = true
    else if (name === 'row') this.#openRow(attributes)
    else if (name === 'rPh') this.#isPhonetic = true
  }

  text(text: string): void {
    if (!this.#reading) return
    this.#length += text.length
    if (this.#length > longestRow)
      throw new IsthmusError('MSG-LIMIT', `row ${this.#row} has more than ${longestRow} characters`)
    this.#value = this.#value === undefined ? text : this.#value + text
  }

  close(name: string): void {
    if (name === 'v' || name === 't') {
      if (this.#reading) this.#value ??= ''
      this.#reading = false
    } else if (name === 'c') this.#closeCell()
    else if (name === 'row') this.#closeRow()
    else if (name === 'rPh') this.#isPhonetic = false
  }

  #openRow(attributes: string): void {
    const head = headOf(attributes)
    const number = head.place === '' ? this.#row + 1 : Number(head.place)
    if (!Number.isInteger(number) || number <= this.#row || number > mostRows)
      throw unreadable(`row ${head.place.slice(0, 20)} follows row ${this.#row}`)
    this.#row = number
    this.#inRow = true
    this.#cells = []
    this.#fault = undefined
    this.#column = -1
    this.#length = 0
  }

  #closeRow(): void {
    this.#found.push({ number: this.#row, cells: this.#cells, fault: this.#fault })
    this.#inRow = false
  }

  #openCell(attributes: string): void {
    const { place, type, style } = headOf(attributes)
    const column = place === '' ? this.#column + 1 : columnOf(place)
    if (!(column > this.#column && column < mostColumns))
      throw unreadable(
        `a cell ${place.slice(0, 20)} where one further to the right is due, in row ${this.#row}`,
      )
    this.#column = column
    this.#type = type
    this.#style = style
    this.#value = undefined
    this.#hasFormula = false
  }

  #closeCell(): void {
    try {
      while (this.#cells.length < this.#column) this.#cells.push(undefined)
      this.#cells.push(this.#text())
    } catch (error) {
      if (!(error instanceof IsthmusError)) throw error
      this.#cells.push(this.#value)
      this.#fault ??= { column: this.#column, reason: error.message }
    }
  }

  #text(): string | undefined {
    const value = this.#value
    // Some programs write an empty value where they have none. An empty text as a result has the type of texts.
    const hasNone = value === undefined || (value.trim() === '' && this.#type !== 'str')
    if (hasNone && this.#hasFormula)
      throw unusable('a formula without a result: open the file in a spreadsheet program and save it')
    if (value === undefined) return undefined
    switch (this.#type) {
      case 's':
        return this.#shared(value)
      case 'str':
      case 'inlineStr':
        return plainText(value)
      case 'b':
        return truth(value)
      case 'e':
        throw unusable(`the error ${value.slice(0, 20)}`)
      case 'd':
        return value
      default:
        return this.#number(value)
    }
  }

  #shared(value: string): string {
    const text = this.#meaning.strings.get(value.trim() === '' ? -1 : Number(value))
    if (text === undefined) throw unusable(`there is no text ${value.slice(0, 20)}`)
    return text
  }

  #number(value: string): string {
    const kind = this.#meaning.kinds[this.#style] ?? 'number'
    const digits = numeric.test(value) ? value : value.trim()
    if (digits === '') return ''
    if (!numeric.test(digits)) throw unusable(`${JSON.stringify(digits.slice(0, 40))} is no number`)
    if (kind === 'number') return digits
    const text = timeText(Number(digits), kind, this.#meaning.from1904)
    if (text === undefined) throw unusable(`${digits.slice(0, 40)} is no date or time, as which it is shown`)
    return text
  }
}

/** Source: W3C XML Schema, type boolean. */
function truth(value: string): string {
  if (value === '1' || value === 'true') return 'TRUE'
  if (value === '0' || value === 'false') return 'FALSE'
  throw unusable(`${JSON.stringify(value.slice(0, 20))} is neither true nor false`)
}

const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

interface Head {
  readonly place: string
  readonly type: string
  readonly style: number
}

/** The attributes of a cell or a row that matter, each of which has one letter. */
function headOf(attributes: string): Head {
  let [place, type, style] = ['', '', 0]
  for (let at = 0; ; ) {
    const equals = attributes.indexOf('=', at)
    if (equals === -1) return { place, type, style }
    const begin = equals + (attributes.charCodeAt(equals + 1) <= 32 ? 2 : 1)
    const end = attributes.indexOf(attributes.charAt(begin), begin + 1)
    if (end === -1) return { place, type, style }
    const name = attributes.charCodeAt(equals - 1)
    if (attributes.charCodeAt(equals - 2) <= 32) {
      if (name === 114) place = attributes.slice(begin + 1, end)
      else if (name === 116) type = attributes.slice(begin + 1, end)
      else if (name === 115) style = Number(attributes.slice(begin + 1, end))
    }
    at = end + 1
  }
}

/** Of `AB12`, from 0. */
function columnOf(place: string): number {
  let column = 0
  for (let at = 0; at < place.length; at++) {
    const letter = place.charCodeAt(at) & ~32
    if (letter < 65 || letter > 90) break
    column = column * 26 + letter - 64
  }
  return column - 1
}

/** Source: ECMA-376-1, 22.9.2.19: `_x000D_` stands for a character, and `_x005F_` for a `_` that begins no such form. */
export function plainText(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
}

function unusable(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', reason)
}
