import assert from 'node:assert/strict'
import { readFile as readBytes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type CsvError, parse } from 'csv-parse/sync'
import { csv, excel, fixedWidth, jsonLines, type ReadOptions, xml } from '../../src/connectors/files/index.ts'
import { readFile } from './files-harness.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const options = { skip: corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it' }
const fileOf = (name: string) => readBytes(join(corpus, name))

/** Real tables, read by another parser too. */
const tables: readonly [string, string, ReadOptions['encoding'], string][] = [
  ['files/csv-with-bom.csv', 'utf-8', undefined, ','],
  ['files/example-latin1.tsv', 'latin1', 'windows-1252', '\t'],
  ['files/example-linebreaks-in-cells.csv', 'utf-8', undefined, ','],
  ['files/example-utf16le-bom.tsv', 'utf-16le', undefined, '\t'],
  ['files/government_contracts.csv', 'utf-8', 'detect', ','],
  ['cleaning/febrl/dataset1.csv', 'utf-8', 'detect', ','],
  ['cleaning/febrl/dataset3.csv', 'utf-8', 'detect', ','],
  ['files/movies-condensed.tsv', 'utf-8', 'detect', '\t'],
  ['files/persons.csv', 'utf-8', 'detect', ','],
  ['zh/areas.csv', 'utf-8', 'detect', ','],
  ['zh/cities.gbk.csv', 'gbk', 'gbk', ','],
  ['zh/cities.gbk.csv', 'gbk', 'detect', ','],
  ['zh/provinces.csv', 'utf-8', 'detect', ','],
  ['cleaning/org-sites-dirty-with-true-ids.csv', 'utf-8', 'detect', ','],
]
for (const [name, label, encoding, delimiter] of tables) {
  test(`${name} (${encoding ?? 'as it says'}) gives what another parser gives`, options, async t => {
    const bytes = await fileOf(name)
    const kept = await readFile(t, bytes, { format: csv({ delimiter }), encoding })
    const text = new TextDecoder(label).decode(bytes)
    const skipped: CsvError[] = []
    const expected = parse(text, {
      columns: true,
      delimiter,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: error => void (error && skipped.push(error)),
    })
    assert.deepEqual(kept.data, expected)
    assert.equal(kept.defects.length, skipped.length)
  })
}

test('the same cities come from GBK, UTF-16 and UTF-8', options, async t => {
  const gbk = await fileOf('zh/cities.gbk.csv')
  const text = new TextDecoder('gbk').decode(gbk)
  const one = await readFile(t, gbk, { format: csv(), encoding: 'gb18030' })
  const two = await readFile(t, Buffer.from(`\ufeff${text}`, 'utf16le'), { format: csv() })
  const three = await readFile(t, text, { format: csv() })
  assert.ok(one.data.length > 300)
  assert.deepEqual(one.data, two.data)
  assert.deepEqual(one.data, three.data)
})

test('GBK read as UTF-8 delivers no damaged row', options, async t => {
  const kept = await readFile(t, await fileOf('zh/cities.gbk.csv'), { format: csv(), encoding: 'utf-8' })
  assert.deepEqual(kept.data, [])
  assert.ok(kept.defects.length > 300)
})

test('UTF-8 read as GB18030 delivers no damaged row', options, async t => {
  const kept = await readFile(t, await fileOf('zh/provinces.csv'), { format: csv(), encoding: 'gb18030' })
  assert.deepEqual(kept.data, [])
})

const distinct = (rows: readonly unknown[], column: string) =>
  new Set(rows.map(row => (row as Record<string, string>)[column])).size

test('the tables have the rows and the different values that are known of them', options, async t => {
  const rowsOf = async (name: string) => {
    const kept = await readFile(t, await fileOf(name), { format: csv(), encoding: 'detect' })
    assert.equal(kept.defects.length, 0, name)
    return kept.data
  }
  const contracts = await rowsOf('files/government_contracts.csv')
  assert.deepEqual([contracts.length, distinct(contracts, 'Contractor Name')], [6422, 881])
  const sites = await rowsOf('cleaning/org-sites-dirty-with-true-ids.csv')
  assert.deepEqual([sites.length, distinct(sites, 'True Id')], [3337, 1162])
  assert.equal((await rowsOf('cleaning/febrl/dataset1.csv')).length, 1000)
  const people = await rowsOf('cleaning/febrl/dataset3.csv')
  assert.equal(people.length, 5000)
  const persons = people.map(row => ({
    entity: /rec-\d+/.exec((row as { rec_id: string }).rec_id)?.[0] ?? '',
  }))
  assert.equal(distinct(persons, 'entity'), 2000)
})

test('lists of names are read line by line, a byte order mark aside', options, async t => {
  for (const name of ['zh/company_demo.txt', 'zh/suffix.txt']) {
    const bytes = await fileOf(name)
    const expected = new TextDecoder()
      .decode(bytes)
      .split(/\r?\n/)
      .filter(line => line !== '')
    const format = csv({ header: ['name'], delimiter: '\t', quote: false })
    const kept = await readFile(t, bytes, { format, encoding: 'detect' })
    assert.deepEqual(
      kept.data,
      expected.map(line => ({ name: line })),
    )
    const widest = Math.max(...expected.map(line => [...line].length))
    const fixed = await readFile(t, bytes, {
      format: fixedWidth({ fields: [{ name: 'name', width: widest }], short: true }),
    })
    assert.deepEqual(fixed.data, kept.data)
  }
})

test('an OpenDocument spreadsheet is read', options, async t => {
  const kept = await readFile(t, await fileOf('files/sample.ods'), { format: excel({ header: false }) })
  assert.deepEqual(kept.data, [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ])
  assert.equal(kept.defects.length, 0)
})

test('workbooks of the old kind are refused, saying what to do', options, async t => {
  for (const name of ['files/excel95.xls', 'files/dates.xls']) {
    const kept = await readFile(t, await fileOf(name), { format: excel() })
    assert.deepEqual(kept.data, [])
    assert.match(
      kept.defects[0]?.defect ?? '',
      /rows\.txt cannot be read: .*old kind \(xls\).*Save it as xlsx/,
    )
  }
})

test('what is in no encoding that is read is refused, with the place', options, async t => {
  const bytes = await fileOf('files/shift_jis.txt')
  const format = csv({ header: ['text'], delimiter: '\t' })
  const read = async (encoding: ReadOptions['encoding']) => readFile(t, bytes, { format, encoding })
  assert.match((await read('detect')).defects[0]?.defect ?? '', /its encoding cannot be told/)
  const asUtf8 = await read('utf-8')
  assert.match(asUtf8.defects[0]?.defect ?? '', /line 1: byte 0x89 at offset 0 is not utf-8/)
  const text = new TextDecoder('shift_jis').decode(bytes)
  for (const { text: line } of asUtf8.data as { text: string }[]) assert.ok(text.includes(line))
})

test('a JSON document is no JSON lines, and says so line by line', options, async t => {
  const kept = await readFile(t, await fileOf('files/json-sample-format-1.json'), { format: jsonLines() })
  assert.deepEqual(kept.data, [])
  assert.match(kept.defects[0]?.defect ?? '', /rows\.txt, line 1: /)
})

test(
  'files that hold no records are set aside whole or line by line, and never guessed at',
  options,
  async t => {
    for (const name of ['files/excel95.xls', 'files/sample.ods', 'files/dates.xls']) {
      for (const format of [csv(), jsonLines(), xml({ record: 'row' })]) {
        const kept = await readFile(t, await fileOf(name), { format, encoding: 'detect' })
        assert.deepEqual(kept.data, [], `${name} as ${format.name}`)
        assert.ok(kept.defects.length > 0)
      }
    }
  },
)

test('books come out of an XML document, and order lines out of a real order', options, async t => {
  const books = await readFile(t, await fileOf('files/xml-sample-format-1.xml'), {
    format: xml({ record: 'book' }),
  })
  assert.ok(books.data.length > 1)
  assert.deepEqual(books.data[0], {
    '@id': '1',
    author: { 'author-name': 'author1', 'author-dob': 'a date' },
    genre: 'genre1',
  })
  const order = await readFile(t, await fileOf('ubl/UBL-Order-2.1-Example.xml'), {
    format: xml({ record: 'OrderLine' }),
  })
  assert.ok(order.data.length > 0)
  assert.ok(order.data.every(line => 'LineItem' in (line as object)))
  assert.equal(order.defects.length, 0)
})
