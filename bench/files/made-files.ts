import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { encodeText } from '../../src/message/codec/encode-text.ts'
import type { Encoding } from '../../src/message/codec/encoding.ts'

/** Orders as they stand in files: numbers that keep their zeros, Chinese names, decimals, times. */
export function orderOf(n: number) {
  return {
    no: String(n).padStart(9, '0'),
    sku: `SKU-${String((n * 7919) % 5000).padStart(5, '0')}`,
    name: names[n % names.length] as string,
    qty: String((n * 31) % 997),
    price: `${(n * 17) % 9973}.${String((n * 13) % 100).padStart(2, '0')}`,
    city: cities[(n * 3) % cities.length] as string,
    note: n % 4 === 0 ? `deliver to gate ${n % 12}, call before` : '',
    time: new Date(1_704_067_200_000 + n * 1000).toISOString(),
  }
}

const names = ['深圳市海天科技有限公司', 'Müller & Söhne GmbH', '上海浦东贸易有限公司', 'Acme Corporation']
const cities = ['深圳', '上海', 'Hamburg', '成都', 'Guangzhou', '北京', 'Lyon']

/** Some text of records at a time, until there are so many bytes; answers how many records. */
async function write(
  path: string,
  encoding: Encoding,
  bytes: number,
  frame: { head: string; record: (n: number) => string; foot: string },
): Promise<number> {
  const file = await open(path, 'w')
  try {
    let [n, size] = [0, 0]
    const put = async (text: string) => {
      const data = encodeText(text, encoding)
      size += data.length
      await file.writeFile(data)
    }
    await put(frame.head)
    while (size < bytes) {
      let text = ''
      for (const end = n + 2000; n < end; n++) text += frame.record(n)
      await put(text)
    }
    await put(frame.foot)
    return n
  } finally {
    await file.close()
  }
}

export function writeCsv(path: string, bytes: number, encoding: Encoding = 'utf-8'): Promise<number> {
  const record = (n: number) => {
    const { no, sku, name, qty, price, city, note, time } = orderOf(n)
    return `${no},${sku},${name},${qty},${price},${city},${note && `"${note}"`},${time}\r\n`
  }
  return write(path, encoding, bytes, { head: 'no,sku,name,qty,price,city,note,time\r\n', record, foot: '' })
}

export function writeXml(path: string, bytes: number): Promise<number> {
  const record = (n: number) => {
    const { no, sku, name, qty, price, city, note, time } = orderOf(n)
    return `  <Order no="${no}"><Sku>${sku}</Sku><Name>${name.replace('&', '&amp;')}</Name><Qty>${qty}</Qty><Price>${price}</Price><City>${city}</City><Note>${note}</Note><Time>${time}</Time></Order>\n`
  }
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n<Orders xmlns="urn:example:orders">\n'
  return write(path, 'utf-8', bytes, { head, record, foot: '</Orders>\n' })
}

/** As Excel writes it: texts are shared, times are numbers with a style. */
export async function writeXlsx(path: string, rows: number): Promise<number> {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const packages = 'http://schemas.openxmlformats.org/package/2006'
  const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const overrides = [
    ['workbook', 'sheet.main'],
    ['styles', 'styles'],
    ['sharedStrings', 'sharedStrings'],
    ['worksheets/sheet1', 'worksheet'],
  ]
  const parts: Record<string, string> = {
    '[Content_Types].xml': `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>${overrides.map(([name, type]) => `<Override PartName="/xl/${name}.xml" ContentType="${types}.${type}+xml"/>`).join('')}</Types>`,
    '_rels/.rels': `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relation}"><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relation}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${relation}/styles" Target="styles.xml"/><Relationship Id="rId3" Type="${relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
  }
  const columns = Object.keys(orderOf(0))
  const shared = [...columns, ...names.map(name => name.replace('&', '&amp;')), ...cities]
  const firstNo = shared.length
  const zip = new ZipFile()
  for (const [name, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), name)
  function* strings() {
    yield `<sst xmlns="${main}">`
    for (const text of shared) yield `<si><t>${text}</t></si>`
    for (let n = 0; n < rows; n++) yield `<si><t>${orderOf(n).no}</t></si><si><t>${orderOf(n).sku}</t></si>`
    yield '</sst>'
  }
  const letters = 'ABCDEFGH'
  const text = (column: number, row: number, index: number) =>
    `<c r="${letters[column]}${row}" t="s"><v>${index}</v></c>`
  function* sheet() {
    yield `<worksheet xmlns="${main}"><dimension ref="A1:H${rows + 1}"/><sheetData><row r="1">${columns.map((_name, column) => text(column, 1, column)).join('')}</row>`
    for (let n = 0; n < rows; n++) {
      const { qty, price } = orderOf(n)
      const row = n + 2
      yield `<row r="${row}" spans="1:8">${text(0, row, firstNo + 2 * n)}${text(1, row, firstNo + 2 * n + 1)}${text(2, row, 8 + (n % 4))}<c r="D${row}"><v>${qty}</v></c><c r="E${row}"><v>${price}</v></c>${text(5, row, 12 + ((n * 3) % 7))}<c r="H${row}" s="1"><v>${45292 + n / 86400}</v></c></row>`
    }
    yield '</sheetData></worksheet>'
  }
  zip.addReadStream(Readable.from(joined(sheet())), 'xl/worksheets/sheet1.xml')
  zip.addReadStream(Readable.from(joined(strings())), 'xl/sharedStrings.xml')
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
  return rows
}

function* joined(texts: Iterable<string>): Generator<Buffer> {
  let some: string[] = []
  for (const text of texts) {
    if (some.push(text) < 1000) continue
    yield Buffer.from(some.join(''))
    some = []
  }
  yield Buffer.from(some.join(''))
}
