import assert from 'node:assert/strict'
import { test } from 'node:test'
import ExcelJS from 'exceljs'
import fc from 'fast-check'
import { read, utils } from 'xlsx'
import { excel } from '../../src/connectors/files/index.ts'
import { namesIn, readFile } from './files-harness.ts'
import { odsOf, rawWorkbook, workbookOf } from './spreadsheet-files.ts'

const reasons = (kept: { defects: readonly { defect?: string | undefined }[] }) =>
  kept.defects.map(each => each.defect)
const text = (value: string, column = 'A', row = 1) =>
  `<c r="${column}${row}" t="inlineStr"><is><t>${value}</t></is></c>`

test('cells of every kind that a program writes are read as texts', async t => {
  const file = await workbookOf(workbook => {
    const sheet = workbook.addWorksheet('Prices')
    sheet.addRow(['no', 'name', 'ok', 'price', 'day', 'moment', 'time', 'result'])
    sheet.addRow([
      '007',
      'x & <中>\n"y"',
      true,
      1e-7,
      new Date('2024-02-29'),
      new Date('2024-02-29T13:45:00Z'),
      0.75,
      { formula: '1+1', result: 2 },
    ])
    sheet.addRow([
      { richText: [{ text: 'a' }, { text: ' b', font: { bold: true } }] },
      { text: 'link', hyperlink: 'http://a' },
      false,
      123456789012345,
    ])
    sheet.getColumn(5).numFmt = 'yyyy"年"m"月"d"日"'
    sheet.getColumn(6).numFmt = 'm/d/yy h:mm'
    sheet.getColumn(7).numFmt = 'h:mm'
  })
  const kept = await readFile(t, file, { format: excel() })
  assert.deepEqual(kept.defects, [])
  assert.deepEqual(kept.data, [
    {
      no: '007',
      name: 'x & <中>\n"y"',
      ok: 'TRUE',
      price: '1e-7',
      day: '2024-02-29',
      moment: '2024-02-29T13:45:00',
      time: '18:00:00',
      result: '2',
    },
    {
      no: 'a b',
      name: 'link',
      ok: 'FALSE',
      price: '123456789012345',
      day: '',
      moment: '',
      time: '',
      result: '',
    },
  ])
  assert.deepEqual(kept.deliveries[0]?.headers, { file: 'rows.txt', line: '2', part: 'Prices' })
})

test('numbers keep every digit that the file has', async t => {
  const digits = [
    '0.1',
    '0.30000000000000004',
    '1E-7',
    '12345678901234567890.123456789',
    '1.10',
    '-0',
    '1e400',
    '007',
  ]
  const rows = digits
    .map((value, n) => `<row r="${n + 1}"><c r="A${n + 1}"><v>${value}</v></c></row>`)
    .join('')
  const kept = await readFile(t, await rawWorkbook(rows), { format: excel({ header: ['n'] }) })
  assert.deepEqual(
    kept.data,
    digits.map(n => ({ n })),
  )
})

test('an error, a formula without a result and what is no number set their row aside, with the cell', async t => {
  const rows = [
    `<row r="1">${text('a')}${text('b', 'B')}</row>`,
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><f>NA()</f><v>#N/A</v></c></row>',
    '<row r="3"><c r="B3"><f>A1*2</f></c></row>',
    '<row r="4"><c r="A4"><v>12,5</v></c></row>',
    '<row r="5"><c r="A5" s="1"><v>60</v></c></row>',
    '<row r="6"><c r="A6" t="s"><v>9</v></c></row>',
    '<row r="7"><c r="A7"><v>7</v></c><c r="D7"><v>8</v></c></row>',
    '<row r="9"><c r="A9" t="str"><f>""</f><v></v></c><c r="B9"><v>9</v></c></row>',
    '<row r="10"><c r="A10"><v>1</v></c><c r="B10"><f>SUM(A10)</f><v></v></c></row>',
    '<row r="11"><c r="A11"><f>A10</f><v /></c></row>',
    '<row r="12"><c r="B12" t="s"><v></v></c></row>',
    '<row r="13"><c r="B13" t="s"><v>0.5</v></c></row>',
    '<row r="14"><c r="A14" t="b"><v></v></c></row>',
    '<row r="15"><c r="A15" t="b"><v>yes</v></c></row>',
  ]
  const styles = {
    'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': '<sst><si><t>zero</t></si><si><t>one</t></si></sst>',
  }
  const kept = await readFile(t, await rawWorkbook(rows.join(''), styles), { format: excel() })
  assert.deepEqual(kept.data, [{ a: '', b: '9' }])
  assert.deepEqual(reasons(kept), [
    'rows.txt, S!B2: the error #N/A',
    'rows.txt, S!B3: a formula without a result: open the file in a spreadsheet program and save it',
    'rows.txt, S!A4: "12,5" is no number',
    'rows.txt, S!A5: 60 is no date or time, as which it is shown',
    'rows.txt, S!A6: there is no text 9',
    'rows.txt, S!D7: a cell in a column that has no name',
    'rows.txt, S!B10: a formula without a result: open the file in a spreadsheet program and save it',
    'rows.txt, S!A11: a formula without a result: open the file in a spreadsheet program and save it',
    'rows.txt, S!B12: there is no text ',
    'rows.txt, S!B13: there is no text 0.5',
    'rows.txt, S!A14: "" is neither true nor false',
    'rows.txt, S!A15: "yes" is neither true nor false',
  ])
  assert.deepEqual(JSON.parse(Buffer.from(kept.defects[0]?.body ?? []).toString()), { a: '1', b: '#N/A' })
})

test('rows and cells need not say where they stand, and escapes, phonetic texts and dates of 1904 are understood', async t => {
  const shared =
    '<sst><si><r><t>東</t></r><r><t xml:space="preserve"> 京</t></r><rPh sb="0" eb="1"><t>トウ</t></rPh></si><si><t>a_x000D_b_x005F_x</t></si></sst>'
  const rows = `<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row/><row><c s="1"><v>0</v></c><c t="d"><v>2024-02-29T00:00:00</v></c></row>`
  const file = await rawWorkbook(rows, {
    'xl/sharedStrings.xml': shared,
    'xl/styles.xml':
      '<styleSheet><cellStyleXfs><xf numFmtId="22"/></cellStyleXfs><numFmts><numFmt numFmtId="164" formatCode="[$-804]yyyy/m/d"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
    'xl/workbook.xml':
      '<x:workbook><x:workbookPr date1904="1"/><x:sheets><x:sheet name="S" r:id="a"/></x:sheets></x:workbook>',
  })
  const kept = await readFile(t, file, { format: excel() })
  assert.deepEqual(kept.data, [{ '東 京': '1904-01-01', 'a\rb_x': '2024-02-29T00:00:00' }])
  assert.equal(kept.deliveries[0]?.headers?.line, '3')
})

const several = () =>
  workbookOf(workbook => {
    const hidden = workbook.addWorksheet('Hidden')
    hidden.state = 'hidden'
    hidden.addRows([['h'], [0]])
    for (const [n, name] of ['Orders 1', 'Notes', 'Orders 2'].entries())
      workbook.addWorksheet(name).addRows([['Report of May'], [], ['n', `c${n}`], [n, 'x'], [n + 10, 'y']])
  })

test('a sheet is chosen by name, number or pattern, and by itself the first that is not hidden', async t => {
  const file = await several()
  const read = async (sheet: string | number | undefined) =>
    (await readFile(t, file, { format: excel({ sheet, headerRow: 3 }) })).deliveries.map(({ data }) => data)
  assert.deepEqual(await read(undefined), [
    { n: '0', c0: 'x' },
    { n: '10', c0: 'y' },
  ])
  assert.deepEqual(await read('notes'), [
    { n: '1', c1: 'x' },
    { n: '11', c1: 'y' },
  ])
  assert.deepEqual(await read(4), [
    { n: '2', c2: 'x' },
    { n: '12', c2: 'y' },
  ])
  assert.deepEqual(await read('orders *'), [
    { n: '0', c0: 'x' },
    { n: '10', c0: 'y' },
    { n: '2', c2: 'x' },
    { n: '12', c2: 'y' },
  ])
  const hidden = await readFile(t, file, { format: excel({ sheet: 'Hidden' }) })
  assert.deepEqual(hidden.data, [{ h: '0' }])
  const none = await readFile(t, file, { format: excel({ sheet: 'Ordres' }) })
  assert.match(
    reasons(none)[0] ?? '',
    /there is no sheet "Ordres"; there are "Hidden", "Orders 1", "Notes", "Orders 2"/,
  )
})

test('a header may be given or left out, and merged cells have their value in the first of them', async t => {
  const file = await workbookOf(workbook => {
    const sheet = workbook.addWorksheet('S')
    sheet.addRows([
      ['a', 'b', 'c'],
      [1, 2],
      [3, 4, 5, 6],
    ])
    sheet.mergeCells('B2:C2')
  })
  const lists = await readFile(t, file, { format: excel({ header: false }) })
  assert.deepEqual(
    lists.data,
    [
      ['a', 'b', 'c'],
      ['1', '2', '2'],
      ['3', '4', '5', '6'],
    ].map((row, n) => (n === 1 ? ['1', '2', ''] : row)),
  )
  const given = await readFile(t, file, { format: excel({ header: ['x', '', 'z', 'w'], headerRow: 1 }) })
  assert.deepEqual(given.data, [])
  const named = await readFile(t, file, { format: excel({ header: ['x', 'y', 'z', 'w'], headerRow: 2 }) })
  assert.deepEqual(named.data, [{ x: '3', y: '4', z: '5', w: '6' }])
})

test('a header that cannot be used fails the file, with the cell', async t => {
  for (const [name, reason] of [
    ['a', /S!B1: "a" is the same name as A1/],
    ['__proto__', /S!B1: "__proto__" is a name that cannot be used/],
  ] as const) {
    const kept = await readFile(
      t,
      await rawWorkbook(`<row>${text('a')}${text(name, 'B')}</row><row>${text('1')}</row>`),
      { format: excel() },
    )
    assert.deepEqual(kept.data, [])
    assert.match(reasons(kept)[0] ?? '', reason)
  }
})

test('a row that is too long parks itself', async t => {
  const rows = `<row r="1">${text('a')}</row><row r="2">${text('x'.repeat(2000))}</row><row r="3">${text('y')}</row>`
  const kept = await readFile(t, await rawWorkbook(rows), { format: excel({ maxRecordLength: 1000 }) })
  assert.deepEqual(kept.data, [{ a: 'y' }])
  assert.deepEqual(reasons(kept), ['rows.txt, S!A2: the row is longer than 1000 characters'])
})

test('tables of OpenDocument are read alike', async t => {
  const cell = (value: string, attributes = 'office:value-type="string"') =>
    `<table:table-cell ${attributes}><text:p>${value}</text:p></table:table-cell>`
  const float = (value: string, more = '') =>
    cell('shown', `office:value-type="float" office:value="${value}" ${more}`)
  const row = (cells: string, more = '') => `<table:table-row ${more}>${cells}</table:table-row>`
  const end = row(
    '<table:table-cell table:number-columns-repeated="16384"/>',
    'table:number-rows-repeated="1048000"',
  )
  const tables = `<table:table table:name="Hidden" table:style-name="ta2">${row(cell('h'))}</table:table><table:table table:name="Ü 1">${row(
    cell('n') + cell('text') + cell('day') + cell('time') + cell('ok'),
  )}${row(
    float('0.30000000000000004') +
      '<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation><text:p>a<text:s text:c="2"/>b<text:tab/>&amp;</text:p><text:p><text:span>c</text:span><text:line-break/>d</text:p></table:table-cell>' +
      cell('29.02.24', 'office:value-type="date" office:date-value="2024-02-29"') +
      cell('13:45', 'office:value-type="time" office:time-value="PT13H45M00S"') +
      cell('WAHR', 'office:value-type="boolean" office:boolean-value="true"'),
  )}${row(`${float('7', 'table:number-columns-repeated="2"')}<table:covered-table-cell/>`, 'table:number-rows-repeated="3"')}${row(
    cell('#N/A', 'office:value-type="string" calcext:value-type="error"'),
  )}${end}</table:table>`
  const kept = await readFile(t, await odsOf(tables), { format: excel() })
  assert.deepEqual(kept.data, [
    { n: '0.30000000000000004', text: 'a  b\t&\nc\nd', day: '2024-02-29', time: '13:45:00', ok: 'TRUE' },
    ...[1, 2, 3].map(() => ({ n: '7', text: '7', day: '', time: '', ok: '' })),
  ])
  assert.deepEqual(
    kept.deliveries.map(({ headers }) => headers?.line),
    ['2', '3', '4', '5', '6'],
  )
  assert.deepEqual(reasons(kept), ["rows.txt, 'Ü 1'!A6: the error #N/A"])
})

const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('=1+1', '_x000D_', 'a\r\nb\tc', ' x ', '\u0001', '007', '1e5', '😀', '\ufffe', '<&>"'),
)

test('what is written is read again, by us and by two other programs', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: value, 'b c': value }), { minLength: 1, maxLength: 6 }),
      async records => {
        const bytes = excel().writer('utf-8')(records)
        const kept = await readFile(t, bytes, { format: excel() })
        assert.deepEqual(
          kept.data,
          records.filter(({ a, 'b c': b }) => a !== '' || b !== '').map(record => ({ ...record })),
        )
      },
    ),
    { numRuns: 15 },
  )
  const bytes = excel({ sheet: "May '24", numbers: ['qty'] }).writer('utf-8')([
    { name: '=HYPERLINK("x")', qty: '12.50', ok: true, n: 0.1 },
    { name: '中', qty: '-3' },
  ])
  const one = new ExcelJS.Workbook()
  await one.xlsx.load(bytes as unknown as ExcelJS.Buffer)
  const sheet = one.getWorksheet("May '24")
  const values = sheet?.getRow(2).values as unknown[]
  assert.deepEqual(values.slice(1), ['=HYPERLINK("x")', 12.5, true, 0.1])
  const two = read(bytes).Sheets["May '24"]
  assert.deepEqual(two && utils.sheet_to_json(two), [
    { name: '=HYPERLINK("x")', qty: 12.5, ok: true, n: 0.1 },
    { name: '中', qty: -3 },
  ])
  assert.deepEqual(
    Buffer.from(excel().writer('utf-8')({ a: 1 })),
    Buffer.from(excel().writer('utf-8')({ a: 1 })),
  )
})

test('what a sheet cannot hold is refused in writing', () => {
  const write = (data: unknown, options = {}) => excel(options).writer('utf-8')(data)
  assert.throws(() => write({ a: {} }), /A2 cannot hold a nested value/)
  assert.throws(() => write({ a: 'x'.repeat(32_768) }), /A2 has more than 32767 characters/)
  assert.throws(() => write({ a: 'half \ud800' }), /half of a character/)
  assert.throws(() => write([{ a: 1 }, { b: 1 }]), /no column for "b"/)
  assert.throws(() => write({ a: '1234567890.123456' }, { numbers: ['a'] }), /no number of at most 15 digits/)
  assert.throws(() => write({ a: '1,5' }, { numbers: ['a'] }), /no number/)
  assert.throws(() => write({ a: 1 }, { sheet: 'a/b' }), /cannot be the name of a sheet/)
  assert.throws(() => write(5), /records with named columns/)
  assert.throws(() => excel().writer('gb18030'), /no encoding/)
})

test('a workbook that turns out to be damaged fails behind its good rows', async t => {
  const rows = Array.from(
    { length: 3000 },
    (_, n) => `<row r="${n + 1}">${text(`v${n}`, 'A', n + 1)}</row>`,
  ).join('')
  const kept = await readFile(t, await rawWorkbook(`${rows}<row r="7"/>`), {
    format: excel({ header: ['a'] }),
  })
  assert.equal(kept.data.length, 3000)
  assert.match(reasons(kept)[0] ?? '', /behind the record in line 3000: .*row 7 follows row 3000/)
  assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
})

test('what a number means is told by the section of its format that shows it, and General has local names', async t => {
  const codes = ['[DBNum1][$-804]G/通用格式', 'G/標準', '[=0]"";yyyy/mm/dd', '"-";[h]:mm', '"Yes";"Yes";"No"']
  const formats = codes.map(
    (code, n) => `<numFmt numFmtId="${200 + n}" formatCode="${code.replaceAll('"', '&quot;')}"/>`,
  )
  const styles = codes.map((_, n) => `<xf numFmtId="${200 + n}"/>`)
  const file = await rawWorkbook(
    `<row r="1">${codes.map((_, n) => `<c s="${n}"><v>45000</v></c>`).join('')}</row>`,
    {
      'xl/styles.xml': `<styleSheet><numFmts>${formats.join('')}</numFmts><cellXfs>${styles.join('')}</cellXfs></styleSheet>`,
    },
  )
  const kept = await readFile(t, file, { format: excel({ header: false }) })
  assert.deepEqual(kept.data, [['45000', '45000', '2023-03-15', 'PT1080000H0M0S', '45000']])
})
