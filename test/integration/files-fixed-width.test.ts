import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FixedWidthOptions, fixedWidth } from '../../src/connectors/files/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { encodeText } from '../../src/message/codec/encode-text.ts'
import { namesIn, readFile } from './files-harness.ts'

const fields = [
  { name: 'no', width: 6, align: 'right', pad: '0' },
  { name: 'name', width: 10 },
  { name: 'qty', from: 18, width: 5, align: 'right' },
] as const satisfies FixedWidthOptions['fields']
const write = (options: FixedWidthOptions, data: unknown, encoding = 'utf-8' as const) =>
  Buffer.from(fixedWidth(options).writer(encoding)(data)).toString()
const reasons = (kept: { defects: readonly { defect?: string | undefined }[] }) =>
  kept.defects.map(each => each.defect)
const isDefinition = (error: unknown) => error instanceof IsthmusError && error.code === 'FLOW-DEFINITION'

const records = [
  { no: '7', name: '中文 ab', qty: '-12' },
  { no: '0', name: '', qty: '' },
  { no: '-42', name: 'abcdefghij', qty: '99999' },
]

test('what is written is read again, by lines and without line ends', async t => {
  const text = write({ fields }, records)
  assert.equal(text, '000007中文 ab        -12\r\n000000                \r\n-00042abcdefghij 99999\r\n')
  const kept = await readFile(t, text, { format: fixedWidth({ fields }) })
  assert.deepEqual(kept.data, records)
  for (const encoding of ['gb18030', 'utf-16le'] as const) {
    const options: FixedWidthOptions = { fields, recordBytes: 60 }
    const body = fixedWidth(options).writer(encoding)(records)
    assert.equal(body.length, 180)
    const blocks = await readFile(t, body, { format: fixedWidth(options), encoding })
    assert.deepEqual(blocks.data, records)
    assert.deepEqual(
      blocks.deliveries.map(({ headers }) => headers?.line),
      ['1', '2', '3'],
    )
  }
})

test('widths may count bytes, as mainframes do', async t => {
  const options: FixedWidthOptions = {
    widths: 'bytes',
    fields: [
      { name: 'city', width: 8 },
      { name: 'code', width: 4 },
    ],
    newline: '\n',
  }
  const file = Buffer.from(
    fixedWidth(options).writer('gb18030')([
      { city: '深圳', code: '0755' },
      { city: 'Ab', code: '中1' },
    ]),
  )
  assert.deepEqual(file, Buffer.from(encodeText('深圳    0755\nAb      中1 \n', 'gb18030')))
  const kept = await readFile(t, file, { format: fixedWidth(options), encoding: 'gb18030' })
  assert.deepEqual(kept.data, [
    { city: '深圳', code: '0755' },
    { city: 'Ab', code: '中1' },
  ])
  const cut = await readFile(t, encodeText('1234567中755\n', 'gb18030'), {
    format: fixedWidth(options),
    encoding: 'gb18030',
  })
  assert.deepEqual(reasons(cut), ['rows.txt, line 1: the field city begins or ends within a character'])
  assert.throws(
    () => fixedWidth(options).writer('gb18030')({ city: '深圳市福田', code: '' }),
    /room for 8, not for 10/,
  )
})

test('a record that is too short or too long parks itself; short ones may be allowed', async t => {
  const file = '000001abc         12345\n000002abc\n000003abcdefghij 12345 \n000004abcdefghij 12345x\n'
  const kept = await readFile(t, file, { format: fixedWidth({ fields }) })
  assert.deepEqual(kept.data, [{ no: '3', name: 'abcdefghij', qty: '12345' }])
  assert.match(reasons(kept)[0] ?? '', /line 1: 23 characters where 22 are expected: something stands behind/)
  assert.match(reasons(kept)[1] ?? '', /line 2: 9 characters where 22 are expected/)
  assert.match(reasons(kept)[2] ?? '', /line 4: 23 characters where 22/)
  const short = await readFile(t, '000002abc\n', { format: fixedWidth({ fields, short: true }) })
  assert.deepEqual(short.data, [{ no: '2', name: 'abc', qty: '' }])
})

test('a last record that is cut off parks itself; a line end or the end sign of old systems does not', async t => {
  const options: FixedWidthOptions = { fields: [{ name: 'a', width: 4 }], recordBytes: 4, widths: 'bytes' }
  const kept = await readFile(t, 'abcdefghij\r\n', { format: fixedWidth(options) })
  assert.deepEqual(kept.data, [{ a: 'abcd' }, { a: 'efgh' }, { a: 'ij\r\n' }])
  const cut = await readFile(t, 'abcdefg', { format: fixedWidth(options) })
  assert.deepEqual(reasons(cut), ['rows.txt, line 2: 3 bytes where 4 are expected'])
  const ended = await readFile(t, 'abcdefgh\r\n\x1a', { format: fixedWidth(options) })
  assert.deepEqual(ended.data, [{ a: 'abcd' }, { a: 'efgh' }])
})

test('bytes that are no text park their record with the offset', async t => {
  const file = Buffer.concat([
    Buffer.from('abcd'),
    Buffer.from([0x61, 0xff, 0x61, 0x61]),
    Buffer.from('efgh'),
  ])
  const format = fixedWidth({ fields: [{ name: 'a', width: 4 }], recordBytes: 4 })
  const kept = await readFile(t, file, { format, encoding: 'gb18030' })
  assert.deepEqual(kept.data, [{ a: 'abcd' }, { a: 'efgh' }])
  assert.deepEqual(reasons(kept), ['rows.txt, line 2: the byte at offset 5 is not gb18030'])
})

const batch: FixedWidthOptions = {
  kindAt: { from: 1, width: 1 },
  kinds: {
    header: { sign: 'H', fields: [{ name: 'date', from: 2, width: 8 }] },
    line: { sign: 'D', fields: [{ name: 'item', from: 2, width: 5 }] },
    trailer: {
      sign: 'T',
      fields: [{ name: 'count', from: 2, width: 4, align: 'right', pad: '0' }],
      counts: { field: 'count', of: ['line'] },
    },
  },
  newline: '\n',
}

test('kinds of records are told by their sign, and the trailer is held to its count', async t => {
  const good = 'H20240229\nDapple\nDpear \nT0002\n'
  const kept = await readFile(t, good, { format: fixedWidth(batch) })
  assert.deepEqual(kept.data, [
    { kind: 'header', date: '20240229' },
    { kind: 'line', item: 'apple' },
    { kind: 'line', item: 'pear' },
    { kind: 'trailer', count: '2' },
  ])
  assert.equal(write(batch, kept.data), good)
  const wrong = await readFile(t, 'H20240229\nDapple\nXpear \nT0002\nDkiwi \n', { format: fixedWidth(batch) })
  assert.deepEqual(reasons(wrong), [
    'rows.txt, line 3: "X" says no kind of record',
    'rows.txt, line 4: its count says "2", but 1 records came before it: some are missing, or too many',
    'rows.txt, line 5: a record behind the trailer in line 4',
  ])
})

test('a file without its trailer is incomplete, and fails', async t => {
  const kept = await readFile(t, 'H20240229\nDapple\n', { format: fixedWidth(batch) })
  assert.equal(kept.data.length, 2)
  assert.match(
    reasons(kept)[0] ?? '',
    /behind the record in line 2: the file ends without a record "trailer"/,
  )
  assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
})

test('what does not fit is refused in writing', () => {
  assert.throws(() => write({ fields }, { no: '1234567' }), /the field no has room for 6, not for 7/)
  assert.throws(() => write({ fields }, { no: '1', other: 1 }), /no field for "other"/)
  assert.throws(() => write({ fields }, { name: 'a\nb' }), /line end/)
  assert.throws(() => write({ fields }, { name: {} }), /nested/)
  assert.throws(
    () =>
      write(batch, [
        { kind: 'line', item: 'a' },
        { kind: 'trailer', count: 2 },
      ]),
    /count of "trailer" must be 1/,
  )
  assert.throws(() => write(batch, [{ kind: 'other' }]), /no kind of record/)
})

test('layouts that cannot be are refused when the flow is declared', () => {
  const bad: readonly FixedWidthOptions[] = [
    { fields: [] },
    { fields: [{ name: 'a', width: 0 }] },
    {
      fields: [
        { name: 'a', width: 2 },
        { name: 'a', width: 2 },
      ],
    },
    {
      fields: [
        { name: 'a', width: 2 },
        { name: 'b', from: 2, width: 2 },
      ],
    },
    { fields: [{ name: '__proto__', width: 2 }] },
    { fields: [{ name: 'a', width: 2, pad: '' }] },
    { fields: [{ name: 'a', width: 9 }], widths: 'bytes', recordBytes: 4 },
    { kindAt: { from: 0, width: 1 }, kinds: {} },
    {
      kindAt: { from: 1, width: 1 },
      kinds: {
        a: { sign: 'A', fields: [{ name: 'x', width: 1 }] },
        b: { sign: 'A', fields: [{ name: 'x', width: 1 }] },
      },
    },
    {
      kindAt: { from: 1, width: 1 },
      kinds: { a: { sign: 'A', fields: [{ name: 'x', width: 1 }], counts: { field: 'y' } } },
    },
  ]
  for (const options of bad) assert.throws(() => fixedWidth(options), isDefinition, JSON.stringify(options))
})

test('a byte order mark is no part of the first field, whatever is counted', async t => {
  const places = [
    { name: 'a', width: 4 },
    { name: 'b', width: 6 },
  ]
  for (const encoding of ['utf-8', 'utf-16le', 'gb18030'] as const) {
    const [a, b] = ['AAAA', 'BBBBBB'].map(text => encodeText(text, encoding)) as [Uint8Array, Uint8Array]
    const mark = encodeText('\ufeff', encoding)
    const record = [a, b, a, b]
    const end = encodeText('\r\n', encoding)
    const expected = [1, 2].map(() => ({ a: 'AAAA', b: 'BBBBBB' }))
    const wide = encoding === 'utf-16le' ? 2 : 1
    const inBytes = places.map(each => ({ ...each, width: each.width * wide }))
    for (const [options, parts] of [
      [{ fields: places, recordBytes: a.length + b.length }, record],
      [{ fields: inBytes, widths: 'bytes', recordBytes: a.length + b.length }, record],
      [{ fields: inBytes, widths: 'bytes' }, [a, b, end, a, b, end]],
    ] as const) {
      const kept = await readFile(t, Buffer.concat([mark, ...parts]), {
        format: fixedWidth(options),
        encoding,
      })
      assert.deepEqual([kept.data, reasons(kept)], [expected, []])
    }
  }
})
