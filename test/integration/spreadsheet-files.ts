import ExcelJS from 'exceljs'
import { zipOf } from './packed-files.ts'

/** A workbook as another program writes it. */
export async function workbookOf(fill: (workbook: ExcelJS.Workbook) => void): Promise<Buffer> {
  const workbook = new ExcelJS.Workbook()
  fill(workbook)
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** A workbook with these parts as they are: what no program writes. `rows` are those of its only sheet. */
export function rawWorkbook(rows: string, more: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const parts = {
    '[Content_Types].xml': `<Types><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/></Types>`,
    '_rels/.rels': `<Relationships><Relationship Id="a" Type="${relation}/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="a" Type="${relation}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="${relation}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="c" Type="${relation}/styles" Target="styles.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
    ...more,
  }
  return zipOf(Object.entries(parts).map(([name, content]) => ({ name, content })))
}

/** An OpenDocument spreadsheet with these tables. */
export function odsOf(tables: string, more: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const content = `<office:document-content><office:automatic-styles><style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`
  const parts = {
    mimetype: 'application/vnd.oasis.opendocument.spreadsheet',
    'content.xml': content,
    'META-INF/manifest.xml': '<manifest:manifest/>',
    ...more,
  }
  return zipOf(Object.entries(parts).map(([name, text]) => ({ name, content: text })))
}
