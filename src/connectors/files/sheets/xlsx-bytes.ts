import { IsthmusError } from '../../../errors.ts'
import { zipBytes } from '../packed/zip-bytes.ts'
import type { ExcelOptions } from './excel-options.ts'
import { cellName, mostColumns, mostRows } from './sheet-row.ts'

/** A workbook of one sheet, with a record or a list of such in it. MSG-ENCODE says what a sheet cannot hold. */
export function xlsxBytes(data: unknown, options: ExcelOptions): Uint8Array {
  const { header = true, numbers = [] } = options
  const records: readonly unknown[] =
    Array.isArray(data) && header !== false ? data : isList(data) ? data : [data]
  return zipBytes([
    ...fixedParts(nameOf(options.sheet)),
    {
      name: 'xl/worksheets/sheet1.xml',
      bytes: Buffer.from(sheetXml(rowsOf(records, header), numbersOf(records, header, numbers))),
    },
  ])
}

function isList(data: unknown): data is unknown[][] {
  return Array.isArray(data) && data.every(Array.isArray)
}

/** The cells of the header, if there is one, and of each record. */
function* rowsOf(
  records: readonly unknown[],
  header: boolean | readonly string[],
): Generator<readonly unknown[]> {
  const columns = columnsOf(records, header)
  if (columns === undefined) {
    for (const record of records) {
      if (!Array.isArray(record)) throw unwritable('without a header, records must be lists')
      yield record
    }
    return
  }
  yield columns
  const known = new Set(columns)
  for (const record of records) {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw unwritable('a sheet is written of records with named columns, or a list of such')
    const other = Object.keys(record).find(name => !known.has(name))
    if (other !== undefined) throw unwritable(`there is no column for ${JSON.stringify(other.slice(0, 60))}`)
    yield columns.map(name =>
      Object.hasOwn(record, name) ? (record as Record<string, unknown>)[name] : undefined,
    )
  }
}

function columnsOf(
  records: readonly unknown[],
  header: boolean | readonly string[],
): readonly string[] | undefined {
  if (header === false) return undefined
  return header === true ? Object.keys(Object(records[0])) : header
}

function numbersOf(
  records: readonly unknown[],
  header: boolean | readonly string[],
  names: readonly string[],
): Set<number> {
  return new Set(names.map(name => (columnsOf(records, header) ?? []).indexOf(name)))
}

function sheetXml(rows: Iterable<readonly unknown[]>, numbers: ReadonlySet<number>): string {
  let xml = `${declaration}<worksheet xmlns="${main}"><sheetData>`
  let number = 0
  for (const cells of rows) {
    if (++number > mostRows || cells.length > mostColumns)
      throw unwritable(`a sheet has at most ${mostRows} rows and ${mostColumns} columns`)
    xml += `<row r="${number}">`
    for (let column = 0; column < cells.length; column++)
      xml += cellXml(cells[column], cellName(column, number), number > 1 && numbers.has(column))
    xml += '</row>'
  }
  return `${xml}</sheetData></worksheet>`
}

function cellXml(value: unknown, place: string, isNumber: boolean): string {
  if (value === undefined || value === null || value === '') return ''
  if (typeof value === 'boolean') return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`
  if (typeof value === 'number' && Number.isFinite(value)) return `<c r="${place}"><v>${value}</v></c>`
  if (typeof value !== 'string')
    throw unwritable(`${place} cannot hold ${typeof value === 'object' ? 'a nested value' : String(value)}`)
  if (isNumber) return `<c r="${place}"><v>${digitsOf(value, place)}</v></c>`
  if (value.length > longestText) throw unwritable(`${place} has more than ${longestText} characters`)
  if (!value.isWellFormed()) throw unwritable(`${place} has half of a character`)
  return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`
}

const longestText = 32_767

/** Spreadsheets round what has more than 15 digits as soon as they open it. */
function digitsOf(text: string, place: string): string {
  const [, digits = ''] = /^[+-]?0*([\d.]+)(?:[eE][+-]?\d+)?$/.exec(text) ?? []
  if (/^\d+(\.\d+)?$|^\.\d+$/.test(digits) && digits.replace('.', '').replace(/^0+|0+$/g, '').length <= 15)
    return text.replace('+', '')
  throw unwritable(`${place}: ${JSON.stringify(text.slice(0, 40))} is no number of at most 15 digits`)
}

/** Source: ECMA-376-1, 22.9.2.19, for what cannot stand in XML, and for texts that look like such a form. */
function escaped(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[&<>]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? '')
    .replace(unsayable, sign => `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
}

/** With CR, which XML would make LF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what XML cannot hold as they are
const unsayable = /[\0-\x08\x0b-\x1f\ufffe\uffff]/g

/** Source: Excel refuses other names. */
function nameOf(sheet: string | number | undefined): string {
  const name = typeof sheet === 'string' && !/[*?]/.test(sheet) ? sheet : 'Sheet1'
  if (name.length <= 31 && name !== '' && !/[[\]:\\/]|^'|'$/.test(name)) return name
  throw unwritable(`${JSON.stringify(name)} cannot be the name of a sheet`)
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const document = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006'
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

function fixedParts(sheet: string) {
  const relations = (...targets: readonly [string, string][]) =>
    `<Relationships xmlns="${packages}/relationships">${targets
      .map(
        ([type, target], index) =>
          `<Relationship Id="rId${index + 1}" Type="${document}/${type}" Target="${target}"/>`,
      )
      .join('')}</Relationships>`
  const parts: Readonly<Record<string, string>> = {
    '[Content_Types].xml':
      `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `<Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${types}.styles+xml"/>` +
      `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/></Types>`,
    '_rels/.rels': relations(['officeDocument', 'xl/workbook.xml']),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${document}"><sheets><sheet name="${escaped(sheet).replaceAll('"', '&quot;')}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(['worksheet', 'worksheets/sheet1.xml'], ['styles', 'styles.xml']),
    'xl/styles.xml':
      `<styleSheet xmlns="${main}"><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>` +
      '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>' +
      '<cellXfs count="1"><xf/></cellXfs></styleSheet>',
  }
  return Object.entries(parts).map(([name, text]) => ({ name, bytes: Buffer.from(declaration + text) }))
}

function unwritable(reason: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', reason)
}
