import { IsthmusError } from '../../../errors.ts'
import type { SheetChoice } from './sheet-choice.ts'
import {
  type CellFault,
  longestRow,
  mostColumns,
  mostRows,
  type SheetPart,
  type SheetRow,
} from './sheet-row.ts'
import { unreadable } from './xlsx-workbook.ts'
import { attribute, type XmlListener } from './xml-scanner.ts'

/** What stands in a cell beside its text. */
const beside = new Set(['annotation', 'frame', 'custom-shape', 'g', 'control', 'detective'])

/** Characters that repeated cells and rows may come to: they cost nothing to write. */
const mostCopied = 1024 ** 3

/** Reads the tables of an OpenDocument spreadsheet. Source: OpenDocument 1.3, part 3, 9.1 and 19.385. */
export class OdsTables implements XmlListener {
  readonly #choice: SheetChoice
  readonly #hidden = new Set<string>()
  #found: SheetPart[] = []
  #style = ''
  #index = -1
  #name = ''
  /** Tables around what is read: those within cells are not read. */
  #depth = 0
  #isChosen = false
  #row = 0
  #repeat = 1
  #cells: (string | undefined)[] = []
  /** Empty cells behind the last one that is not. */
  #empty = 0
  #fault: CellFault | undefined
  /** Characters of all rows that stand there by a repetition only. */
  #copied = 0
  #cell: OpenCell | undefined

  constructor(choice: SheetChoice) {
    this.#choice = choice
  }

  take(): SheetPart[] {
    const found = this.#found
    this.#found = []
    return found
  }

  open(name: string, attributes: string): void {
    if (name === 'table') this.#openTable(attributes)
    else if (name === 'style') this.#style = attribute(attributes, 'name') ?? ''
    else if (name === 'table-properties' && attribute(attributes, 'display') === 'false')
      this.#hidden.add(this.#style)
    if (this.#depth !== 1 || !this.#isChosen) return
    if (name === 'table-row') this.#openRow(attributes)
    else if (name === 'table-cell' || name === 'covered-table-cell') this.#cell = new OpenCell(attributes)
    else this.#cell?.open(name, attributes)
  }

  text(text: string): void {
    if (this.#depth === 1) this.#cell?.text(text)
  }

  close(name: string): void {
    if (name === 'table') this.#depth--
    if (this.#depth !== 1 || !this.#isChosen) return
    if (name === 'table-cell' || name === 'covered-table-cell') this.#closeCell()
    else if (name === 'table-row') this.#closeRow()
    else this.#cell?.close(name)
  }

  #openTable(attributes: string): void {
    if (++this.#depth > 1) return
    this.#index++
    this.#name = attribute(attributes, 'name') ?? ''
    this.#isChosen = this.#choice.takes(
      this.#name,
      this.#hidden.has(attribute(attributes, 'style-name') ?? ''),
    )
    this.#row = 0
  }

  #openRow(attributes: string): void {
    this.#repeat = repeats(attributes, 'number-rows-repeated')
    this.#cells = []
    this.#empty = 0
    this.#fault = undefined
  }

  #closeRow(): void {
    const isEmpty = this.#cells.length === 0 && this.#fault === undefined
    const first = this.#row + 1
    this.#row += this.#repeat
    if (isEmpty) return
    if (this.#row > mostRows) throw unreadable(`the sheet ${this.#name} has more than ${mostRows} rows`)
    if (this.#repeat > 1)
      this.#copy(
        this.#cells.reduce((sum, cell) => sum + (cell?.length ?? 0), 0),
        this.#repeat,
      )
    const row: SheetRow = { number: first, cells: this.#cells, fault: this.#fault, repeat: this.#repeat }
    this.#found.push({ index: this.#index, name: this.#name, rows: [row] })
  }

  #copy(length: number, times: number): void {
    this.#copied += length * (times - 1)
    if (this.#copied > mostCopied)
      throw new IsthmusError(
        'MSG-LIMIT',
        `repeated cells and rows come to more than ${mostCopied} characters`,
      )
  }

  /** Empty cells count only when another follows: sheets end in thousands of them. */
  #closeCell(): void {
    const cell = this.#cell as OpenCell
    this.#cell = undefined
    const { text, fault } = readCell(cell)
    const column = this.#cells.length + this.#empty
    if (fault !== undefined) this.#fault ??= { column, reason: fault }
    if (text === '' && fault === undefined) {
      this.#empty += cell.repeat
      return
    }
    if (column + cell.repeat > mostColumns)
      throw unreadable(`row ${this.#row + 1} has more than ${mostColumns} cells`)
    this.#copy(text.length, cell.repeat)
    for (; this.#empty > 0; this.#empty--) this.#cells.push(undefined)
    for (let n = 0; n < cell.repeat; n++) this.#cells.push(text)
  }
}

/** A cell that is being read. */
class OpenCell {
  readonly attributes: string
  readonly repeat: number
  shown = ''
  #paragraphs = 0
  #isText = false
  /** Elements around what is read that are beside the text. */
  #aside = 0

  constructor(attributes: string) {
    this.attributes = attributes
    this.repeat = repeats(attributes, 'number-columns-repeated')
  }

  open(name: string, attributes: string): void {
    if (beside.has(name)) this.#aside++
    if (this.#aside > 0) return
    if (name === 'p') {
      if (this.#paragraphs++ > 0) this.#show('\n')
      this.#isText = true
    } else if (name === 's') this.#show(' '.repeat(repeats(attributes, 'c')))
    else if (name === 'tab') this.#show('\t')
    else if (name === 'line-break') this.#show('\n')
  }

  text(text: string): void {
    if (this.#isText && this.#aside === 0) this.#show(text.replace(/[ \t\r\n]+/g, ' '))
  }

  #show(text: string): void {
    this.shown += text
    if (this.shown.length > longestRow)
      throw new IsthmusError('MSG-LIMIT', `a cell has more than ${longestRow} characters`)
  }

  close(name: string): void {
    if (name === 'p' && this.#aside === 0) this.#isText = false
    if (beside.has(name)) this.#aside--
  }
}

function readCell({ attributes, shown }: OpenCell): { text: string; fault?: string } {
  const given = (name: string) => attribute(attributes, name)
  if (isError.test(attributes)) return { text: shown, fault: `the error ${shown.slice(0, 20)}` }
  const type = given('value-type')
  switch (type) {
    case undefined:
      if (given('formula') !== undefined) return { text: shown, fault: 'a formula without a result' }
      return { text: shown }
    case 'string':
      return { text: given('string-value') ?? shown }
    case 'boolean':
      return { text: given('boolean-value') === 'true' ? 'TRUE' : 'FALSE' }
    case 'date':
      return checked(given('date-value'), /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d([.,]\d+)?)?$/, type)
    case 'time':
      return timeOf(given('time-value'))
    default:
      return checked(given('value'), /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, type)
  }
}

const isError = /:value-type\s*=\s*["']error["']/

function checked(value: string | undefined, form: RegExp, type: string): { text: string; fault?: string } {
  if (value !== undefined && form.test(value)) return { text: value }
  return { text: value ?? '', fault: `${JSON.stringify((value ?? '').slice(0, 40))} is no ${type}` }
}

/** Times of a day look like elapsed times, and are such below 24 hours. */
function timeOf(value: string | undefined): { text: string; fault?: string } {
  const found = checked(value, /^PT\d+H\d+M\d+([.,]\d+)?S$/, 'time')
  const [, hours, minutes, seconds] = /^PT(\d\d?)H(\d\d)M(\d\d(?:[.,]\d+)?)S$/.exec(found.text) ?? []
  return Number(hours) < 24
    ? { text: `${hours?.padStart(2, '0')}:${minutes}:${seconds?.replace(/[.,]0+$/, '')}` }
    : found
}

/** Source: the limits of sheets. More would be an attack, since it costs nothing to write. */
function repeats(attributes: string, name: string): number {
  const count = Number(attribute(attributes, name) ?? 1)
  if (Number.isInteger(count) && count > 0 && count <= mostRows) return count
  throw unreadable(`something is repeated ${String(count)} times`)
}
