import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { type CsvOptions, type CsvRow, csvRows } from './csv.ts'
import { csvEncode } from './csv-encode.ts'
import { decodeLines } from './decode-lines.ts'
import { encodeText } from './encode-text.ts'
import type { Encoding } from './encoding.ts'

function rowsOf(
  file: string | Uint8Array,
  options?: CsvOptions,
  encoding: Encoding = 'utf-8',
  size = 7,
): CsvRow[] {
  const bytes = typeof file === 'string' ? encodeText(file, encoding) : file
  const lines = decodeLines(encoding)
  const rows = csvRows(options)
  const all: CsvRow[] = []
  for (let at = 0; at < bytes.length; at += size)
    all.push(...rows.push(lines.pushed(bytes.subarray(at, at + size))))
  return [...all, ...rows.push(lines.end()), ...rows.end()]
}

function recordsOf(file: string, options?: CsvOptions): unknown[] {
  return rowsOf(file, options).map(row => row.data ?? row.defect)
}

const oracleOptions = {
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
  relax_column_count: true,
}

test('well-formed files of any kind are read as csv-parse reads them', () => {
  const cell = fc.array(fc.constantFrom('a', '1', ' ', ',', ';', '"', '\n', '\r\n', '\r', '中', "'"), {
    maxLength: 5,
  })
  const table = fc.integer({ min: 1, max: 4 }).chain(width =>
    fc.array(
      fc.array(
        cell.map(parts => parts.join('')),
        { minLength: width, maxLength: width },
      ),
      { maxLength: 6 },
    ),
  )
  fc.assert(
    fc.property(
      table,
      fc.constantFrom('\r\n', '\n', '\r'),
      fc.constantFrom(',', ';'),
      (rows, newline, delimiter) => {
        const quote = (text: string) => (/[,;"\r\n]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
        const file = rows.map(cells => cells.map(quote).join(delimiter) + newline).join('')
        const expected = parse(file, { ...oracleOptions, delimiter })
        assert.deepEqual(expected, rows)
        assert.deepEqual(recordsOf(file, { header: false, delimiter }), rows)
      },
    ),
    { numRuns: 1000 },
  )
})

test('where csv-parse finds a fault, a row is set aside; where it finds none, none is, but for ragged rows', () => {
  const file = fc.array(fc.constantFrom('a', '""', ',', '"', '\n', 'b,c', '"x"'), { maxLength: 14 })
  fc.assert(
    fc.property(
      file.map(parts => parts.join('')),
      text => {
        let expected: string[][] | undefined
        try {
          expected = parse(text, { ...oracleOptions })
        } catch {
          expected = undefined
        }
        const rows = rowsOf(text, { header: false })
        const width = expected?.[0]?.length
        const hasFault = expected === undefined || expected.some(cells => cells.length !== width)
        assert.equal(
          rows.some(row => row.defect !== undefined),
          hasFault,
          JSON.stringify(text),
        )
        if (!hasFault)
          assert.deepEqual(
            rows.map(row => row.data),
            expected,
          )
      },
    ),
    { numRuns: 3000 },
  )
})

test('nothing is lost: the bytes of every defect and the lines of every record account for the whole file', () => {
  const bytes = fc.array(fc.constantFrom(0x61, 0x2c, 0x22, 0x0a, 0x0d, 0xd6, 0xd0, 0xff), { maxLength: 30 })
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 9 }), (all, size) => {
      const file = Uint8Array.from(all)
      const whole = decodeLines('gb18030')
      const lines = [...whole.push(file), ...whole.end()]
      const rows = rowsOf(file, { header: false }, 'gb18030', size)
      const defects = rows.filter(row => row.defect !== undefined)
      for (const row of defects) {
        const { offset } = row
        assert.deepEqual([...row.body], [...file.subarray(offset, offset + row.body.length)])
      }
      const within = (offset: number) =>
        defects.some(row => offset >= row.offset && offset < row.offset + row.body.length)
      for (const line of lines) {
        const starts = rows.some(row => row.offset === line.offset)
        if (line.text === undefined) assert.ok(within(line.offset))
        else if (line.text !== '' && !all.includes(0x22)) assert.ok(starts)
      }
    }),
    { numRuns: 1000 },
  )
})

test('blocks of any size are read as single lines are: rows, defects, lines, offsets and bytes, in every encoding', () => {
  const parts = fc.array(
    fc.constantFrom('a', '1', ',', ',', '"', '""', '"x"', '\n', '\r\n', '\r', '中', '丂', 'é', '😀', '；'),
    { maxLength: 40 },
  )
  const encodings = fc.constantFrom<Encoding>('utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252')
  const options = fc.record({
    header: fc.constantFrom<CsvOptions['header']>(false, ['a'], ['a', 'b']),
    delimiter: fc.constantFrom(',', '；'),
    quote: fc.constantFrom<CsvOptions['quote']>('"', false),
    maxRecordLength: fc.constantFrom(6, 1000),
  })
  fc.assert(
    fc.property(
      parts,
      encodings,
      options,
      fc.nat(50),
      fc.boolean(),
      (some, encoding, dialect, size, marked) => {
        const able = some.filter(part => encoding !== 'windows-1252' || /^[\0-ÿ]+$/.test(part))
        const isMarked = marked && encoding !== 'windows-1252'
        const file = encodeText((isMarked ? '\ufeff' : '') + able.join(''), encoding)
        const delimiter = encoding === 'windows-1252' ? ',' : dialect.delimiter
        const lines = decodeLines(encoding)
        const rows = csvRows({ ...dialect, delimiter })
        const single = [...lines.push(file), ...lines.end()].flatMap(line => rows.push([line]))
        const expected = [...single, ...rows.end()]
        assert.deepEqual(rowsOf(file, { ...dialect, delimiter }, encoding, size + 1), expected)
      },
    ),
    { numRuns: 3000 },
  )
})

test('bad rows are set aside with line, offset and bytes; the rows around them are read', () => {
  const file = 'id,name\n1,"a\nb"\n2\n3,x"y\n4,"z"w\n5,6,7\n\n8,ok\n'
  const rows = rowsOf(file)
  assert.deepEqual(
    rows.map(row => [row.line, row.data ?? row.defect]),
    [
      [2, { id: '1', name: 'a\nb' }],
      [4, 'line 4: 1 cells where 2 are expected'],
      [5, 'line 5: a quote within a cell that does not begin with one'],
      [6, 'line 6: text behind a closing quote'],
      [7, 'line 7: 3 cells where 2 are expected'],
      [9, { id: '8', name: 'ok' }],
    ],
  )
  const [, , stray] = rows
  assert.ok(stray?.defect !== undefined)
  assert.equal(Buffer.from(stray.body).toString(), '3,x"y\n')
  assert.equal(file.indexOf('3,x'), stray.offset)
})

test('a stray opening quote sets aside no more lines than the limit allows', () => {
  const file = `a,b\n1,"x\n${'2,y\n'.repeat(10)}`
  assert.deepEqual(recordsOf(file), ['lines 2 to 12: a quoted cell is not closed'])
  const [stray, ...others] = rowsOf(file, { maxRecordLength: 10 })
  assert.match(stray?.defect ?? '', /^lines 2 to 4: longer than 10 characters/)
  assert.equal(others.length, 8)
})

test('an undecodable byte sets aside its row only, also within a quoted cell of several lines', () => {
  const part = (text: string) => encodeText(text, 'gb18030')
  const file = Buffer.concat([part('编号,备注\n1,"甲\n'), Uint8Array.from([0xd6]), part('\n乙"\n2,丙\n')])
  const [first, second] = rowsOf(file, {}, 'gb18030')
  assert.equal(
    first?.defect,
    `lines 2 to 4: byte 0xD6 at offset ${part('编号,备注\n1,"甲\n').length} is not gb18030`,
  )
  assert.deepEqual(second?.data, { 编号: '2', 备注: '丙' })
})

test('GB18030 characters that end in the byte of a delimiter stay whole', () => {
  const file = 'a|b\n俓|倈\n'
  assert.ok(encodeText('俓倈', 'gb18030').includes(0x7c))
  assert.deepEqual(rowsOf(file, { delimiter: '|' }, 'gb18030')[0]?.data, { a: '俓', b: '倈' })
})

test('columns come from the first row, from the options, or are not named', () => {
  assert.deepEqual(recordsOf('\ufeffa,b\n1,2'), [{ a: '1', b: '2' }])
  assert.deepEqual(recordsOf('1,2', { header: ['a', 'b'] }), [{ a: '1', b: '2' }])
  assert.deepEqual(recordsOf('1,2', { header: false }), [['1', '2']])
  assert.deepEqual(recordsOf('5" disk\t"x"\n', { header: ['a', 'b'], delimiter: '\t', quote: false }), [
    { a: '5" disk', b: '"x"' },
  ])
  const rows = csvRows()
  rows.push(decodeLines('utf-8').push(Buffer.from('x,y\n')))
  assert.deepEqual(rows.columns, ['x', 'y'])
})

test('a header that cannot be used is refused, because every row depends on it', () => {
  for (const header of ['a,b,a\n', 'a,__proto__\n', 'a,"b"c\n', 'a,"b']) {
    assert.throws(() => rowsOf(`${header}1,2,3\n`), { code: 'MSG-DECODE' }, header)
  }
  const undecodable = Buffer.concat([Uint8Array.from([0x61, 0xff]), Buffer.from(',b\n1,2\n')])
  assert.throws(() => rowsOf(undecodable), { code: 'MSG-DECODE', message: /header cannot be read.*0xFF/ })
  assert.throws(() => csvRows({ header: ['a', 'a'] }), { code: 'MSG-DECODE' })
  assert.throws(() => csvRows({ delimiter: ';;' }), { code: 'CONFIG-INVALID' })
})

test('what is written is read back, whatever the cells hold', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', '=1+1', '"', '\r', '\n', "'a", '-5', '+x'),
  )
  const record = fc.record({ a: cell, 'b,c': cell })
  fc.assert(
    fc.property(fc.array(record), records => {
      const file = csvEncode(records, { columns: ['a', 'b,c'], formulaGuard: false })
      const plain = records.map(each => ({ ...each }))
      assert.deepEqual(
        rowsOf(file).map(row => row.data),
        plain,
      )
    }),
  )
  const single = csvEncode([{ a: '' }, { a: 'x' }], { columns: ['a'] })
  assert.deepEqual(recordsOf(single), [{ a: '' }, { a: 'x' }])
})

const corpus = process.env.ISTHMUS_CORPUS ?? ''

test('real files are read as csv-parse reads them, row by row', {
  skip: !existsSync(corpus) && 'ISTHMUS_CORPUS does not name the folder of sample data',
}, () => {
  const files: readonly [string, Encoding, CsvOptions][] = [
    ['zh/cities.gbk.csv', 'gbk', {}],
    ['zh/areas.csv', 'utf-8', {}],
    ['files/csv-with-bom.csv', 'utf-8', {}],
    ['files/example-linebreaks-in-cells.csv', 'utf-8', {}],
    ['files/example-utf16le-bom.tsv', 'utf-16le', { delimiter: '\t' }],
    ['files/example-latin1.tsv', 'windows-1252', { delimiter: '\t' }],
    ['cleaning/org-sites-dirty-with-true-ids.csv', 'utf-8', {}],
    ['files/government_contracts.csv', 'utf-8', {}],
  ]
  let ragged = 0
  for (const [file, encoding, options] of files) {
    const bytes = readFileSync(join(corpus, file))
    const text = new TextDecoder(encoding).decode(bytes)
    const [header = [], ...expected] = parse(text, { ...oracleOptions, delimiter: options.delimiter ?? ',' })
    const rows = rowsOf(bytes, options, encoding, 1000)
    assert.equal(rows.length, expected.length, file)
    for (const [index, cells] of expected.entries()) {
      const row = rows[index]
      if (cells.length === header.length) assert.deepEqual(Object.values(row?.data ?? {}), cells, file)
      else assert.match(row?.defect ?? '', /cells where/)
      if (cells.length !== header.length) ragged++
    }
  }
  assert.ok(ragged > 0)
})
