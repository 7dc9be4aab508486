import { IsthmusError } from '../../../errors.ts'
import type { Bytes } from '../format.ts'
import { checkSizes, packingOf } from '../packed/contents.ts'
import { zipEntries } from '../packed/zip-archive.ts'
import { OdsTables } from './ods-tables.ts'
import { SharedStrings } from './shared-strings.ts'
import type { SheetChoice } from './sheet-choice.ts'
import { longestRow, type SheetPart } from './sheet-row.ts'
import { plainText, XlsxRows } from './xlsx-rows.ts'
import { Parts, unreadable, type Workbook, xlsxWorkbook } from './xlsx-workbook.ts'
import { type XmlListener, XmlScanner } from './xml-scanner.ts'

/**
 * The rows of the chosen sheets of a workbook (xlsx, xlsm or ods, told by what is in it), some at a time, from the
 * sheet `first` on. What cannot be read further is told by MSG-DECODE, behind the rows before it.
 */
export async function* sheetsOf(file: Bytes, choice: SheetChoice, first: number): AsyncGenerator<SheetPart> {
  await checkKind(file)
  const entries = await zipEntries(file, 10_000)
  checkSizes(entries, {})
  const parts = new Parts(file, entries)
  if (parts.has('content.xml')) yield* odsSheets(parts, choice)
  else yield* xlsxSheets(await xlsxWorkbook(parts), choice, first)
}

async function* xlsxSheets(
  workbook: Workbook,
  choice: SheetChoice,
  first: number,
): AsyncGenerator<SheetPart> {
  const chosen = workbook.sheets
    .map((sheet, index) => ({ ...sheet, index }))
    .filter(({ name, isHidden }) => choice.takes(name, isHidden))
  choice.check()
  const strings = new SharedStrings()
  try {
    if (workbook.strings !== undefined) await readStrings(workbook.strings, strings)
    for (const { index, name, bytes } of chosen) {
      if (bytes === undefined) throw unreadable(`the sheet ${name} has no cells`)
      if (index < first) continue
      const reader = new XlsxRows({ ...workbook, strings })
      for await (const rows of scanned(bytes, reader, () => reader.take())) yield { index, name, rows }
    }
  } finally {
    strings.close()
  }
}

async function* odsSheets(parts: Parts, choice: SheetChoice): AsyncGenerator<SheetPart> {
  let isEncrypted = false
  await parts.read('META-INF/manifest.xml', {
    open(name) {
      isEncrypted ||= name === 'encryption-data'
    },
    text() {},
    close() {},
  })
  if (isEncrypted) throw unreadable('it is encrypted. Save it without a password')
  const tables = new OdsTables(choice)
  for await (const found of scanned(parts.get('content.xml') as Bytes, tables, () => tables.take()))
    yield* found
  choice.check()
}

/** What a reader has found, chunk by chunk, before the fault that ends it. */
async function* scanned<T>(bytes: Bytes, reader: XmlListener, take: () => T): AsyncGenerator<T> {
  const scanner = new XmlScanner(reader)
  let fault: unknown
  try {
    for await (const chunk of bytes.from(0)) {
      try {
        scanner.push(chunk)
      } catch (error) {
        fault = error
      }
      yield take()
      if (fault !== undefined) throw fault
    }
    scanner.end()
  } catch (error) {
    if (error !== fault) yield take()
    throw error
  }
  yield take()
}

async function readStrings(bytes: Bytes, strings: SharedStrings): Promise<void> {
  let text = ''
  let [isText, isPhonetic] = [false, false]
  const scanner = new XmlScanner({
    open(name) {
      if (name === 'si') text = ''
      else if (name === 't') isText = !isPhonetic
      else if (name === 'rPh') isPhonetic = true
    },
    text(more) {
      if (isText) text += more
      if (text.length > longestRow)
        throw new IsthmusError('MSG-LIMIT', `a shared text has more than ${longestRow} characters`)
    },
    close(name) {
      if (name === 't') isText = false
      else if (name === 'rPh') isPhonetic = false
      else if (name === 'si') strings.add(plainText(text))
    },
  })
  for await (const chunk of bytes.from(0)) scanner.push(chunk)
  scanner.end()
}

/** Source: MS-CFB 2.2, of the files of old Excel and of encrypted new ones; MS-BIFF of still older ones begin with 09. */
async function checkKind(file: Bytes): Promise<void> {
  let begin: Buffer | undefined
  let before = Buffer.alloc(0)
  const encrypted = Buffer.from('EncryptedPackage', 'utf16le')
  for await (const chunk of file.from(0)) {
    begin ??= Buffer.from(chunk.subarray(0, 8))
    if (packingOf(begin) === 'zip') return
    if (begin.toString('hex') !== 'd0cf11e0a1b11ae1') break
    const data = Buffer.concat([before, chunk])
    if (data.includes(encrypted)) throw unreadable('it is encrypted. Save it without a password')
    before = data.subarray(-encrypted.length)
  }
  const isOld = before.length > 0 || (begin?.[0] === 9 && (begin[1] ?? 9) <= 8)
  if (!isOld) throw unreadable('it is neither xlsx nor ods')
  const advice = 'Save it as xlsx; LibreOffice does that by: soffice --headless --convert-to xlsx FILE'
  throw unreadable(`it is of the old kind (xls), which is not read. ${advice}`)
}
