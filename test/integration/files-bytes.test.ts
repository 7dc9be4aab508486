import assert from 'node:assert/strict'
import { readFile as readBytes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytes } from '../../src/connectors/files/index.ts'
import { Anything, connectTo, namesIn, readFile, shopAt, testFolder } from './files-harness.ts'
import { zipOf } from './packed-files.ts'
import { rawWorkbook } from './spreadsheet-files.ts'

const every = Buffer.from([0, 255, 254, 0xef, 0xbb, 0xbf, 13, 10, 34])

test('a file is read and written byte by byte, as one record', async t => {
  const kept = await readFile(t, every, { format: bytes() })
  assert.deepEqual(kept.data, [{ content: every.toString('base64') }])
  assert.deepEqual((await readFile(t, '', { format: bytes() })).data, [{ content: '' }])
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const sink = (await connectTo(shop)).sink?.(
    shop.write('out', Anything, { format: bytes(), file: () => 'a.bin' }),
  )
  const item = (data: unknown, effectKey: string) => ({
    data,
    effectKey,
    key: 'k',
    messageId: 'm',
    attempt: 1,
  })
  const items = [
    item({ content: every.toString('base64'), name: 'x' }, 'one'),
    item({ content: 'né' }, 'two'),
    item(null, 'three'),
  ]
  const answers = (await sink?.write(items, new AbortController().signal)) ?? []
  assert.deepEqual(
    answers.map(({ ok }) => ok),
    [true, false, false],
  )
  assert.deepEqual(await namesIn(folder), ['a.one.bin'])
  assert.deepEqual(await readBytes(join(folder, 'a.one.bin')), every)
})

test('a file that is too large goes to failed', async t => {
  const kept = await readFile(t, 'x'.repeat(100_001), { format: bytes({ maxBytes: 100_000 }) })
  assert.match(kept.defects[0]?.defect ?? '', /more than 100000 bytes/)
  assert.equal((await namesIn(kept.folder, 'failed')).length, 2)
})

test('what is packed stays so', async t => {
  for (const content of [gzipSync('abc'), await zipOf([{ name: 'a', content: 'b' }]), await rawWorkbook('')])
    assert.deepEqual((await readFile(t, content, { format: bytes() })).data, [
      { content: content.toString('base64') },
    ])
})
