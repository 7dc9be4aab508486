import assert from 'node:assert/strict'
import { mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { csv, type Format, jsonLines, type WriteOptions, xml } from '../../src/connectors/files/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import type { Answer, Outgoing, Sink } from '../../src/system/roles.ts'
import { Anything, connectTo, Kept, namesIn, runUntil, shopAt, testFolder } from './files-harness.ts'

const signal = new AbortController().signal

function outgoing(data: unknown, effectKey = 'key1'): Outgoing {
  return { data, effectKey, key: 'k', messageId: 'm', attempt: 1 }
}

async function sinkAt(folder: string, options: Partial<WriteOptions> = {}): Promise<Sink> {
  const shop = shopAt(folder)
  const channel = shop.write('out', Anything, { format: jsonLines(), file: () => 'order.json', ...options })
  const connection = await connectTo(shop)
  assert.ok(connection.sink)
  return connection.sink(channel)
}

function codeOf(answer: Answer | undefined): string {
  assert.ok(answer?.ok === false && answer.error instanceof IsthmusError, JSON.stringify(answer))
  return answer.error.code
}

test('each message becomes one file, under a name with its effect key', async t => {
  const folder = await testFolder(t)
  const sink = await sinkAt(folder, {
    folder: 'out/orders',
    file: data => `order-${(data as { no: number }).no}.json`,
  })
  const items = [1, 2, 3].map(no => outgoing({ no }, `key${no}`))
  assert.deepEqual(
    await sink.write(items, signal),
    [1, 2, 3].map(no => ({ ok: true, result: { file: `order-${no}.key${no}.json` } })),
  )
  assert.deepEqual(await namesIn(folder, 'out', 'orders'), [
    'order-1.key1.json',
    'order-2.key2.json',
    'order-3.key3.json',
  ])
  assert.equal(await readFile(join(folder, 'out/orders/order-2.key2.json'), 'utf8'), '{"no":2}\n')
  assert.deepEqual(await namesIn(folder, 'out', 'orders', '.isthmus', '.drafts'), [])
})

test('a repeated write changes nothing, and a probe tells whether it happened', async t => {
  const folder = await testFolder(t)
  const sink = await sinkAt(folder)
  const item = outgoing({ no: 1 })
  assert.deepEqual(await sink.probe?.(item, signal), { outcome: 'absent' })
  await sink.write([item], signal)
  await writeFile(join(folder, 'order.key1.json'), 'the receiver may have marked it')
  const again = await (await sinkAt(folder)).write([item], signal)
  assert.deepEqual(again, [{ ok: true, result: { file: 'order.key1.json' } }])
  assert.equal(await readFile(join(folder, 'order.key1.json'), 'utf8'), 'the receiver may have marked it')
  assert.deepEqual(await sink.probe?.(item, signal), { outcome: 'done', result: { file: 'order.key1.json' } })
})

test('a receiver who dictates names gets them, and content shows what is a repeat', async t => {
  const folder = await testFolder(t)
  const options = { exactName: true, file: (data: unknown) => (data as { file: string }).file }
  const sink = await sinkAt(folder, options)
  const [one, other] = [
    { file: 'INVOIC.01', no: 1 },
    { file: 'INVOIC.01', no: 2 },
  ]
  assert.deepEqual(await sink.probe?.(outgoing(one), signal), { outcome: 'absent' })
  const done = [{ ok: true, result: { file: 'INVOIC.01' } }]
  assert.deepEqual(await sink.write([outgoing(one)], signal), done)
  assert.equal(await readFile(join(folder, 'INVOIC.01'), 'utf8'), '{"file":"INVOIC.01","no":1}\n')
  const again = await sinkAt(folder, options)
  assert.deepEqual(await again.write([outgoing(one)], signal), done)
  assert.deepEqual(await again.probe?.(outgoing(one), signal), { outcome: 'done', result: done[0]?.result })
  // Of the same length, and longer.
  for (const [n, foreign] of [other, { ...one, more: true }].entries()) {
    assert.deepEqual(await again.probe?.(outgoing(foreign, `other${n}`), signal), { outcome: 'absent' })
    const [answer] = await again.write([outgoing(foreign, `other${n}`)], signal)
    assert.equal(codeOf(answer), 'TARGET-REFUSED')
    assert.match(String((answer as { error: Error }).error), /a file INVOIC\.01 with other content/)
  }
  assert.deepEqual(await namesIn(folder), ['INVOIC.01'])
  assert.equal(await readFile(join(folder, 'INVOIC.01'), 'utf8'), '{"file":"INVOIC.01","no":1}\n')
  await rm(join(folder, 'INVOIC.01'))
  assert.deepEqual(await again.write([outgoing(other, 'other')], signal), done)
  assert.deepEqual(await namesIn(folder, '.isthmus', '.drafts'), [])
})

test('of messages that want one dictated name at the same time one gets it', async t => {
  const folder = await testFolder(t)
  const sinks = await Promise.all(
    [1, 2, 3].map(() => sinkAt(folder, { exactName: true, file: () => 'ORDERS' })),
  )
  const written = await Promise.all(
    sinks.map((sink, at) =>
      sink.write(
        [1, 2, 3, 1].map(n => outgoing({ n }, `key${at}-${n}`)),
        signal,
      ),
    ),
  )
  const text = await readFile(join(folder, 'ORDERS'), 'utf8')
  const { n: winner } = JSON.parse(text) as { n: number }
  const fates = [1, 2, 3, 1].map(n => (n === winner ? 'ok' : 'TARGET-REFUSED'))
  for (const answers of written)
    assert.deepEqual(
      answers.map(answer => (answer.ok ? 'ok' : codeOf(answer))),
      fates,
    )
  assert.deepEqual(await namesIn(folder, '.isthmus', '.drafts'), [])
})

test('a record that cannot be written is refused alone', async t => {
  const folder = await testFolder(t)
  const file = (data: unknown) => (data as { file?: string }).file ?? 'good.txt'
  const sink = await sinkAt(folder, { encoding: 'gbk', file })
  const bad: unknown[] = [
    { text: '😀' },
    { n: Number.NaN },
    { file: '../out.txt' },
    { file: '' },
    { file: 7 },
    { file: 'a/b' },
    { file: '..' },
  ]
  const items = [{ text: '中' }, ...bad, null].map((data, n) => outgoing(data, `key${n}`))
  const answers = await sink.write(items, signal)
  assert.deepEqual(
    answers.map(answer => (answer.ok ? 'ok' : codeOf(answer))),
    ['ok', ...bad.map(() => 'TARGET-REFUSED'), 'TARGET-REFUSED'],
  )
  assert.match(
    String((answers[1] as { error: Error }).error),
    /shop\.out: .* as JSON lines: U\+1F600, character 10 of the text, is not in gbk/,
  )
  assert.deepEqual(await namesIn(folder), ['good.key0.txt'])
})

test('a spreadsheet finds no formula in CSV, and what was written is read back', async t => {
  const folder = await testFolder(t)
  const rows = [
    { name: '中文', value: '=1+2' },
    { name: 'a "b"\r\nc', value: '-5' },
  ]
  const sink = await sinkAt(folder, { format: csv(), encoding: 'gb18030', file: () => 'rows.csv' })
  await sink.write([outgoing(rows)], signal)
  const shop = shopAt(folder)
  const options = {
    pattern: '*.csv',
    format: csv(),
    encoding: 'gb18030',
    every: '5ms',
    settle: '0s',
  } as const
  const kept = new Kept()
  await runUntil(
    shop.read('rows', Anything, options),
    kept,
    await connectTo(shop),
    () => kept.data.length === 2,
  )
  assert.deepEqual(kept.data, [{ name: '中文', value: "'=1+2" }, rows[1]])
})

for (const [format, expected] of [
  [jsonLines(), '{"no":"1"}\n'],
  [csv({ newline: '\n' }), 'no\n1\n'],
  [xml({ record: 'Order' }), '<?xml version="1.0" encoding="UTF-8"?>\n<Order><no>1</no></Order>'],
] satisfies [Format, string][]) {
  test(`${format.name} is written as it is read`, async t => {
    const folder = await testFolder(t)
    const sink = await sinkAt(folder, { format })
    await sink.write([outgoing({ no: '1' })], signal)
    assert.equal((await readFile(join(folder, 'order.key1.json'), 'utf8')).trimEnd(), expected.trimEnd())
  })
}

test('a folder that is away means to try again, and is never made', async t => {
  const folder = await testFolder(t)
  const sink = await sinkAt(folder)
  await rename(folder, `${folder}-away`)
  t.after(() => rm(`${folder}-away`, { recursive: true, force: true }))
  const unavailable = (error: unknown) => error instanceof IsthmusError && error.code === 'TARGET-UNAVAILABLE'
  await assert.rejects(sink.write([outgoing(1)], signal), unavailable)
  await assert.rejects(async () => sink.probe?.(outgoing(1), signal), unavailable)
  await rename(`${folder}-away`, folder)
  assert.equal((await sink.write([outgoing(1)], signal))[0]?.ok, true)
})

test('a dictated name that is taken by something else is refused', async t => {
  const folder = await testFolder(t)
  await mkdir(join(folder, 'key1'))
  await symlink(join(folder, 'nowhere'), join(folder, 'key2'))
  const sink = await sinkAt(folder, { exactName: true, file: data => data as string })
  const answers = await sink.write([outgoing('key1'), outgoing('key2'), outgoing('a'.repeat(300))], signal)
  assert.deepEqual(answers.map(codeOf), ['TARGET-REFUSED', 'TARGET-REFUSED', 'TARGET-REFUSED'])
})

test('a name that is taken by something else is refused, links are not followed', async t => {
  const folder = await testFolder(t)
  const outside = join(await testFolder(t), 'outside')
  await symlink(outside, join(folder, 'order.key1.json'))
  await mkdir(join(folder, 'order.key2.json'))
  const sink = await sinkAt(folder)
  const answers = await sink.write([outgoing(1, 'key1'), outgoing(2, 'key2')], signal)
  assert.deepEqual(answers.map(codeOf), ['TARGET-REFUSED', 'TARGET-REFUSED'])
  await assert.rejects(readFile(outside))
})

test('drafts of a process that died are removed once they are old', async t => {
  const folder = await testFolder(t)
  const drafts = join(folder, '.isthmus', '.drafts')
  await mkdir(drafts, { recursive: true })
  for (const name of ['old.part', 'new.part']) await writeFile(join(drafts, name), 'half')
  await utimes(join(drafts, 'old.part'), 1, 1)
  await (await sinkAt(folder)).write([outgoing(1)], signal)
  assert.deepEqual(await namesIn(drafts), ['new.part'])
})

test('a very long name is cut, and keeps key and extension', async t => {
  const folder = await testFolder(t)
  const sink = await sinkAt(folder, { file: () => `${'订'.repeat(84)}.json` })
  const key = 'a'.repeat(52)
  assert.equal((await sink.write([outgoing(1, key)], signal))[0]?.ok, true)
  assert.match((await namesIn(folder)).join(), /^订+\.a{52}\.json$/)
})

test('a folder that may not be written pauses the flow', {
  skip: process.getuid?.() === 0 && 'root may write everywhere',
}, async (t: TestContext) => {
  const folder = await testFolder(t)
  const sink = await sinkAt(folder, { folder: 'out' })
  await mkdir(join(folder, 'out'), { mode: 0o555 })
  const refused = (error: unknown) => error instanceof IsthmusError && error.code === 'TARGET-CREDENTIALS'
  await assert.rejects(sink.write([outgoing(1)], signal), refused)
})
