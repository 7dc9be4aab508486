import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { csv, excel, jsonLines } from '../../src/connectors/files/index.ts'
import { namesIn, readFile } from '../integration/files-harness.ts'
import { zipOf } from '../integration/packed-files.ts'
import { odsOf, rawWorkbook } from '../integration/spreadsheet-files.ts'

const reasons = (kept: { defects: readonly { defect?: string | undefined }[] }) =>
  kept.defects.map(each => each.defect ?? '').join('\n')
const zeros = Buffer.alloc(40 * 1024 * 1024, '0\n')

test('a little that would unpack to very much is refused, in gzip, zip and workbooks', async t => {
  const gzip = await readFile(t, gzipSync(zeros), { format: csv({ header: ['a'] }) })
  assert.match(reasons(gzip), /unpacks to more than 200 times its size/)
  const zip = await readFile(t, await zipOf([{ name: 'a.csv', content: zeros }]), {
    format: csv({ header: ['a'] }),
  })
  assert.match(reasons(zip), /a\.csv unpacks to more than 200 times its size/)
  assert.deepEqual(zip.data, [])
  const rows = ' '.repeat(40 * 1024 * 1024)
  const workbook = await readFile(t, await rawWorkbook(rows), { format: excel() })
  assert.match(reasons(workbook), /sheet1\.xml unpacks to more than 200 times its size/)
})

test('an archive whose files lie over each other is refused', async t => {
  const archive = await zipOf([
    { name: 'a', content: 'x\n1\n', stored: true },
    { name: 'b', content: 'x\n1\n', stored: true },
  ])
  const second = archive.lastIndexOf(Buffer.from('PK\x01\x02'))
  archive.writeUInt32LE(0, second + 42)
  const kept = await readFile(t, archive, { format: csv() })
  assert.match(reasons(kept), /lies over what follows it|header of b/)
})

test('an archive that lies about the size of a file is refused', async t => {
  const archive = await zipOf([{ name: 'a', content: `x\n${'1\n'.repeat(5000)}` }])
  archive.writeUInt32LE(100, archive.lastIndexOf(Buffer.from('PK\x01\x02')) + 24)
  const kept = await readFile(t, archive, { format: csv() })
  assert.match(reasons(kept), /a is longer than its 100 bytes/)
})

test('names in an archive lead nowhere', async t => {
  const hostile = ['../../outside.csv', '/etc/cron.d/x', 'C:\\x.csv', '..\\..\\x', `${'n'.repeat(5000)}`]
  const archive = await zipOf(
    hostile.map((_, n) => ({ name: `${'#'.repeat(hostile[n]?.length ?? 0)}`, content: 'a\n1\n' })),
  )
  const names = hostile.map(name => '#'.repeat(name.length))
  let bytes = archive.toString('latin1')
  for (const [n, name] of names.entries())
    bytes = bytes.replaceAll(new RegExp(`(?<!#)${name}(?!#)`, 'g'), hostile[n] ?? '')
  const kept = await readFile(t, Buffer.from(bytes, 'latin1'), { format: csv() })
  assert.equal(kept.data.length, hostile.length)
  assert.deepEqual(await namesIn(kept.folder), [])
  assert.deepEqual(await namesIn(kept.folder, 'done'), ['rows.txt'])
})

const entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

test('no entity is resolved in a workbook', async t => {
  const cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
  for (const part of [
    'xl/worksheets/sheet1.xml',
    'xl/workbook.xml',
    'xl/sharedStrings.xml',
    'xl/styles.xml',
    '_rels/.rels',
  ]) {
    const content = `${entity}<worksheet><sheetData>${cell}</sheetData></worksheet>`
    const kept = await readFile(t, await rawWorkbook(cell, { [part]: content }), {
      format: excel({ header: ['a'] }),
    })
    assert.deepEqual(kept.data, [])
    assert.match(reasons(kept), /DOCTYPE/, part)
  }
  const ods = await readFile(t, await odsOf('', { 'content.xml': `${entity}<x/>` }), { format: excel() })
  assert.match(reasons(ods), /DOCTYPE/)
})

test('what a cell of OpenDocument repeats stays bounded', async t => {
  const cell = (count: string) =>
    `<table:table-cell table:number-columns-repeated="${count}" office:value-type="string"><text:p>x</text:p></table:table-cell>`
  const row = (cells: string, count: string) =>
    `<table:table table:name="S"><table:table-row table:number-rows-repeated="${count}">${cells}</table:table-row></table:table>`
  for (const [tables, reason] of [
    [row(cell('1000000000'), '1'), /repeated 1000000000 times/],
    [row(cell('20000'), '1'), /more than 16384 cells/],
    [row(cell('1'), '9999999'), /repeated 9999999 times/],
    [row(cell('-1'), '1'), /repeated -1 times/],
    [
      row(
        '<table:table-cell office:value-type="string"><text:p><text:s text:c="99999999"/></text:p></table:table-cell>',
        '1',
      ),
      /repeated 99999999/,
    ],
  ] as const) {
    const kept = await readFile(t, await odsOf(tables), { format: excel({ header: false }) })
    assert.match(reasons(kept), reason)
  }
})

test('a workbook that refers to what lies outside of it does not get it', async t => {
  const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  for (const target of ['../../../../etc/passwd', 'file:///etc/passwd', 'http://127.0.0.1/x']) {
    const rels = `<Relationships><Relationship Id="a" Type="${relation}/worksheet" Target="${target}"/></Relationships>`
    const kept = await readFile(t, await rawWorkbook('', { 'xl/_rels/workbook.xml.rels': rels }), {
      format: excel(),
    })
    assert.match(reasons(kept), /the sheet S is missing/)
  }
})

test('encrypted and old workbooks are refused clearly', async t => {
  const ole = (name: string) =>
    Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(100_000),
      Buffer.from(name, 'utf16le'),
      Buffer.alloc(9000),
    ])
  for (const [file, reason] of [
    [ole('EncryptedPackage'), /encrypted\. Save it without a password/],
    [ole('Workbook'), /old kind \(xls\), which is not read\. Save it as xlsx/],
    [
      await odsOf('', { 'META-INF/manifest.xml': '<m><file-entry><encryption-data/></file-entry></m>' }),
      /encrypted/,
    ],
    [Buffer.from('a,b\n'), /neither xlsx nor ods/],
    [gzipSync('x'), /neither xlsx nor ods/],
    [Buffer.alloc(0), /neither xlsx nor ods/],
  ] as const) {
    const kept = await readFile(t, file, { format: excel(), encoding: 'detect' })
    assert.match(reasons(kept), reason)
    assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
  }
})

test('a million fields and deep JSON cost one record, and no time to speak of', async t => {
  const wide = Array.from({ length: 1_000_000 }, (_, n) => `c${n}`).join(',')
  const header = await readFile(t, `${wide}\n1\n`, { format: csv() })
  assert.match(reasons(header), /longer than 1048576 characters/)
  const allowed = await readFile(t, `${wide}\n1\n`, { format: csv({ maxRecordLength: 2 ** 24 }) })
  assert.match(reasons(allowed), /1 cells where 1000000 are expected/)
  const row = await readFile(t, `a\n${','.repeat(900_000)}\n2\n`, { format: csv() })
  assert.deepEqual(row.data, [{ a: '2' }])
  const deep = await readFile(t, `${'['.repeat(100_000)}${']'.repeat(100_000)}\n{"a":1}\n`, {
    format: jsonLines(),
  })
  assert.deepEqual(deep.data, [{ a: 1 }])
  assert.equal(deep.defects.length, 1)
})

test('what repeated cells and rows come to is bounded, and so is what is kept of a row that is too long', async t => {
  const cells = (text: string, columns: number, rows: number) =>
    `<table:table table:name="S"><table:table-row table:number-rows-repeated="${rows}"><table:table-cell table:number-columns-repeated="${columns}" office:value-type="string"><text:p>${text}</text:p></table:table-cell></table:table-row></table:table>`
  const read = async (tables: string) =>
    readFile(t, await odsOf(tables), { format: excel({ header: false }) })
  const wide = await read(cells('x'.repeat(40_000), 16_384, 1))
  assert.match(reasons(wide), /S!G1: the row is longer than 262144 characters/)
  assert.ok((wide.defects[0]?.body?.length ?? 0) < 300_000)
  assert.match(
    reasons(await read(cells('0123456789', 16_384, 1_048_576))),
    /repeated cells and rows come to more/,
  )
  const blanks = '<text:s text:c="1000000"/>'.repeat(20)
  assert.match(reasons(await read(cells(blanks, 1, 1))), /a cell has more than 16777216 characters/)
})

test('a text that goes on and on fails a workbook, and is not kept in memory', async t => {
  // Of noise: a text of one character would be refused for what it unpacks to.
  const text = `<t>${randomBytes(3_000_000).toString('base64')}</t>`.repeat(5)
  for (const [rows, more] of [
    [`<row r="1"><c r="A1" t="inlineStr"><is>${text}</is></c></row>`, {}],
    ['<row r="1"/>', { 'xl/sharedStrings.xml': `<sst><si>${text}</si></sst>` }],
  ] as const) {
    const kept = await readFile(t, await rawWorkbook(rows, more), { format: excel({ header: false }) })
    assert.match(reasons(kept), /(row 1|a shared text) has more than 16777216 characters/)
  }
})
