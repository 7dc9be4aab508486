import assert from 'node:assert/strict'
import { mkdir, readFile as readBytes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { csv, type Format, gzip, jsonLines, type ReadOptions, xml } from '../../src/connectors/files/index.ts'
import { zipBytes } from '../../src/connectors/files/packed/zip-bytes.ts'
import { encodeText } from '../../src/message/codec/encode-text.ts'
import {
  Anything,
  connectTo,
  Kept,
  namesIn,
  readFile,
  runUntil,
  shopAt,
  testFolder,
} from './files-harness.ts'
import { zipOf } from './packed-files.ts'

const rows = Array.from({ length: 3000 }, (_, n) => ({ n: String(n), name: `中文 ${n}` }))
const table = `n,name\r\n${rows.map(({ n, name }) => `${n},${name}\r\n`).join('')}`
const formats: readonly [string, Format, string][] = [
  ['CSV', csv(), table],
  ['JSON lines', jsonLines(), rows.map(row => `${JSON.stringify(row)}\n`).join('')],
  [
    'XML',
    xml({ record: 'R' }),
    `<A>${rows.map(({ n, name }) => `<R><n>${n}</n><name>${name}</name></R>`).join('\n')}</A>`,
  ],
]

for (const [name, format, text] of formats) {
  test(`${name} is read out of gzip and zip, told by what is in the file`, async t => {
    const packed = [
      gzipSync(text),
      Buffer.concat([gzipSync(text.slice(0, 5000)), gzipSync(text.slice(5000)), Buffer.alloc(512)]),
      await zipOf([{ name: 'rows', content: text }]),
      await zipOf([{ name: 'rows', content: text, stored: true }]),
      await zipOf([{ name: 'rows', content: text }], true),
    ]
    for (const content of packed) {
      const kept = await readFile(t, content, { format })
      assert.deepEqual(kept.data, rows)
      assert.deepEqual(await namesIn(kept.folder, 'done'), ['rows.txt'])
    }
  })
}

test('each file of an archive has its own header, encoding and lines, and says which one it is', async t => {
  const content = await zipOf([
    { name: 'a/one.csv', content: 'x,y\n1,2\n3\n' },
    { name: 'folder/', content: '' },
    { name: 'empty.csv', content: '' },
    { name: '__MACOSX/a/._one.csv', content: 'rubbish' },
    { name: '.hidden.csv', content: 'rubbish' },
    { name: '二.csv', content: encodeText('\ufeffz\n中\n', 'utf-16le') },
  ])
  const kept = await readFile(t, content, { format: csv() })
  assert.deepEqual(kept.data, [{ x: '1', y: '2' }, { z: '中' }])
  assert.deepEqual(
    kept.deliveries.map(({ headers }) => headers),
    [
      { file: 'rows.txt', line: '2', part: 'a/one.csv' },
      { file: 'rows.txt', line: '3', part: 'a/one.csv' },
      { file: 'rows.txt', line: '2', part: '二.csv' },
    ],
  )
  assert.equal(kept.defects[0]?.defect, 'rows.txt, a/one.csv, line 3: 1 cells where 2 are expected')
  assert.equal(new Set(kept.deliveries.map(({ id }) => id)).size, 3)
})

test('only the files of an archive that the channel names are read', async t => {
  const content = await zipOf([
    { name: 'readme.txt', content: 'hello' },
    { name: 'ORDERS-1.CSV', content: 'a\n1\n' },
  ])
  const kept = await readFile(t, content, { format: csv(), entries: 'orders-*.csv' })
  assert.deepEqual(kept.data, [{ a: '1' }])
})

test('reading goes on in an archive behind any record that was accepted', async t => {
  const contents = [0, 1, 2].map(
    part => `n\n${Array.from({ length: 5 }, (_, n) => `${part * 5 + n}\n`).join('')}`,
  )
  const archive = await zipOf(contents.map((content, n) => ({ name: `${n}.csv`, content })))
  const expected = Array.from({ length: 15 }, (_, n) => ({ n: String(n) }))
  for (const file of [archive, gzipSync(`n\n${expected.map(({ n }) => `${n}\n`).join('')}`)]) {
    const whole = await readFile(t, file, { format: csv() })
    for (let done = 0; done < 15; done++) {
      const folder = await testFolder(t)
      const place = join(folder, '.isthmus', 'rows', 'me', '1')
      await mkdir(place, { recursive: true })
      await writeFile(join(place, 'rows.zip'), file)
      const kept = new Kept()
      const [id = '', line = ''] = [whole.deliveries[done]?.id, whole.deliveries[done]?.headers?.line]
      kept.stored = { owner: 'me', claim: 1, offset: Number(id.split(':').at(-1)), line: Number(line) }
      const channel = shopAt(folder).read('rows', Anything, {
        pattern: '*',
        format: csv(),
        every: '5ms',
        settle: '0s',
      })
      await runUntil(
        channel,
        kept,
        await connectTo(shopAt(folder)),
        async () => (await namesIn(folder, 'done')).length > 0,
      )
      assert.deepEqual(kept.data, expected.slice(done + 1))
    }
  }
})

interface Damage {
  readonly what: string
  readonly file: () => Promise<Uint8Array> | Uint8Array
  readonly reason: RegExp
  readonly options?: Partial<ReadOptions>
}

const changed = (bytes: Uint8Array, at: number, to: number) => {
  const copy = Buffer.from(bytes)
  copy[at < 0 ? copy.length + at : at] = to
  return copy
}
const one = () => zipOf([{ name: 'rows.csv', content: table, stored: true }])
const damages: readonly Damage[] = [
  {
    what: 'gzip that is cut off',
    file: () => gzipSync(table).subarray(0, -2000),
    reason: /gzip data is damaged or cut off, before byte \d+ of it/,
  },
  { what: 'gzip without its last byte', file: () => gzipSync(table).subarray(0, -1), reason: /cut off/ },
  {
    what: 'gzip with a wrong checksum',
    file: () => changed(gzipSync(table), -6, 1),
    reason: /incorrect data check/,
  },
  {
    what: 'gzip with a wrong length',
    file: () => changed(gzipSync(table), -2, 1),
    reason: /incorrect length check/,
  },
  {
    what: 'gzip with something behind it',
    file: () => Buffer.concat([gzipSync(table), Buffer.from('rest')]),
    reason: /gzip data is damaged|follows behind/,
  },
  {
    what: 'a zip archive that is cut off',
    file: async () => (await one()).subarray(0, -30),
    reason: /it is cut off: its directory.* is missing/,
  },
  {
    what: 'a zip archive without its begin',
    file: async () => Buffer.concat([Buffer.from('PK\x03\x04'), (await one()).subarray(104)]),
    reason: /directory is not where|lies over|header of rows.csv/,
  },
  {
    what: 'an archive in an archive',
    file: async () => zipOf([{ name: 'inner.zip', content: await one() }]),
    reason: /archive in an archive/,
  },
  { what: 'gzip in gzip', file: () => gzipSync(gzipSync(table)), reason: /archive in an archive/ },
  {
    what: 'gzip that unpacks to too much',
    file: () => gzipSync(table),
    options: { unpack: { maxBytes: 10_000 } },
    reason: /more than the allowed 10000 bytes/,
  },
  {
    what: 'zip that unpacks to too much',
    file: one,
    options: { unpack: { maxBytes: 10_000 } },
    reason: /more than the allowed 10000 bytes/,
  },
  {
    what: 'an archive of too many files',
    file: () => zipOf([1, 2, 3].map(n => ({ name: `${n}`, content: '' }))),
    options: { unpack: { maxEntries: 2 } },
    reason: /holds 3 files, more than the allowed 2/,
  },
  {
    what: 'gzip with another one behind zeros',
    file: () => Buffer.concat([gzipSync(table), Buffer.alloc(100), gzipSync(table)]),
    reason: /other data follows behind its end/,
  },
  {
    what: 'an archive whose directory has more files than it says',
    file: async () => {
      const bytes = await zipOf(['a', 'b'].map(name => ({ name, content: table })))
      return changed(changed(bytes, -14, 1), -12, 1)
    },
    reason: /more than the 1 files that it says/,
  },
  {
    what: 'an archive with one name for two files',
    file: () => zipBytes(['a.csv', 'a.csv'].map(name => ({ name, bytes: Buffer.from(table) }))),
    reason: /holds a\.csv twice/,
  },
  {
    what: 'a link in an archive',
    file: async () => {
      const bytes = await zipOf([{ name: 'a.csv', content: '/etc/passwd' }])
      const listed = bytes.indexOf('PK\x01\x02', 0, 'latin1')
      bytes.writeUInt8(3, listed + 5)
      bytes.writeUInt16LE(0o120777, listed + 40)
      return bytes
    },
    reason: /a\.csv is a link/,
  },
  {
    what: 'a spreadsheet',
    file: () => zipOf([{ name: '[Content_Types].xml', content: '<Types/>' }]),
    reason: /read spreadsheets by the format excel\(\)/,
  },
]
for (const { what, file, reason, options } of damages) {
  test(`${what} fails the file, never silently short`, async t => {
    const bytes = await file()
    const kept = await readFile(t, bytes, { format: csv(), ...options })
    assert.equal(kept.defects.length, 1)
    assert.match(kept.defects[0]?.defect ?? '', reason)
    assert.deepEqual(kept.data, rows.slice(0, kept.data.length))
    assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
    assert.deepEqual(await readBytes(join(kept.folder, 'failed', 'rows.txt')), Buffer.from(bytes))
  })
}

test('a wrong checksum in a zip archive fails the file, and says that what came before may be damaged', async t => {
  const bytes = await one()
  const kept = await readFile(t, changed(bytes, bytes.indexOf('1500,'), 0x39), { format: csv() })
  assert.match(
    kept.defects[0]?.defect ?? '',
    /rows\.csv: .* the checksum of rows\.csv is wrong: its content is damaged/,
  )
  assert.equal(kept.data.length, rows.length)
  assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
})

test('what can be read before a fault is read, whatever the chunks are', async t => {
  const noise = Array.from({ length: 20_000 }, (_, n) => `${n},${(n * 2_654_435_761) % 4_294_967_296}`)
  const packed = gzipSync(`n,x\n${noise.join('\n')}`)
  const kept = await readFile(t, packed.subarray(0, -100), { format: csv() })
  assert.ok(kept.data.length > 19_000)
})

test('a file is written packed where the format says so, with the same bytes every time', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const format = gzip(csv({ newline: '\n' }))
  const channel = shop.write('rows', Anything, { format, file: () => 'rows.csv.gz' })
  const connection = await connectTo(shop)
  const item = { data: { a: '中' }, effectKey: 'K', key: 'k', messageId: 'm', attempt: 1 }
  const answers = await connection.sink?.(channel).write([item], new AbortController().signal)
  assert.deepEqual(answers, [{ ok: true, result: { file: 'rows.K.csv.gz' } }])
  const bytes = await readBytes(join(folder, 'rows.K.csv.gz'))
  assert.equal(gunzipSync(bytes).toString(), 'a\n中\n')
  assert.deepEqual(Buffer.from(format.writer('utf-8')({ a: '中' })), bytes)
})
