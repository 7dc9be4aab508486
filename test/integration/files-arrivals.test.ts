import assert from 'node:assert/strict'
import {
  appendFile,
  cp,
  mkdir,
  open,
  readFile as readText,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLines, type ReadOptions } from '../../src/connectors/files/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import {
  Anything,
  connectTo,
  Kept,
  namesIn,
  putFile,
  runUntil,
  shopAt,
  testFolder,
  until,
} from './files-harness.ts'

const fast = { pattern: '*.jsonl', format: jsonLines(), every: '5ms', settle: '0s' } satisfies ReadOptions

test('a writer that goes on after its file was claimed is waited for', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const kept = new Kept()
  const path = join(folder, 'rows.jsonl')
  await writeFile(path, `${Array.from({ length: 500 }, (_, n) => `${n}\n`).join('')}{"half":`)
  const writer = await open(path, 'a')
  const accept = kept.accept.bind(kept)
  let wrote = false
  // The name is away from the folder by now; the writer's handle writes on all the same.
  kept.accept = async (deliveries, options) => {
    if (deliveries.length > 0 && !wrote) {
      wrote = true
      await writer.write('2}\n500\n')
      await writer.close()
    }
    return accept(deliveries, options)
  }
  const connection = await connectTo(shop)
  await runUntil(shop.read('rows', Anything, fast), kept, connection, async () => {
    return (await namesIn(folder, 'done')).length === 1
  })
  assert.deepEqual(kept.data.slice(-3), [499, { half: 2 }, 500])
  assert.equal(kept.deliveries.length, 502)
})

test('names of files that are not complete are left alone', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const channel = shop.read('rows', Anything, { ...fast, pattern: '*' })
  const names = ['a.part', 'b.tmp', '.c.jsonl', 'd.jsonl~', 'e.filepart', '~f.jsonl']
  for (const name of names) await writeFile(join(folder, name), '"no"\n')
  await mkdir(join(folder, 'folder.jsonl'))
  const kept = new Kept()
  await writeFile(join(folder, 'yes.jsonl'), '"yes"\n')
  await runUntil(channel, kept, await connectTo(shop), async () => (await namesIn(folder, 'done')).length > 0)
  assert.deepEqual(kept.data, ['yes'])
  assert.deepEqual(await namesIn(folder), [...names, 'folder.jsonl'].sort())
})

test('with markers, a file is complete when its marker is there, and the marker goes with it', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const channel = shop.read('rows', Anything, { ...fast, settle: '1h', marker: file => `${file}.ok` })
  const kept = new Kept()
  await writeFile(join(folder, 'later.jsonl'), '"later"\n')
  await writeFile(join(folder, 'now.jsonl'), '"now"\n')
  await writeFile(join(folder, 'now.jsonl.ok'), '')
  const connection = await connectTo(shop)
  await runUntil(channel, kept, connection, async () => (await namesIn(folder, 'done')).length === 1)
  assert.deepEqual(kept.data, ['now'])
  assert.deepEqual(await namesIn(folder), ['later.jsonl'])
  await writeFile(join(folder, 'later.jsonl.ok'), '')
  await runUntil(channel, kept, connection, async () => (await namesIn(folder, 'done')).length === 2)
  assert.deepEqual(kept.data, ['now', 'later'])
})

test('the same name again is another file, and nothing in done is overwritten', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const channel = shop.read('rows', Anything, fast)
  const kept = new Kept()
  const connection = await connectTo(shop)
  for (let n = 1; n <= 4; n++) {
    await putFile(folder, 'rows.jsonl', `{"same":true}\n`)
    await runUntil(channel, kept, connection, async () => (await namesIn(folder, 'done')).length === n)
  }
  assert.equal(kept.data.length, 4)
  const done = await namesIn(folder, 'done')
  assert.equal(done.filter(name => /^rows(-\d{8}T\d{6}Z(-\d+)?)?\.jsonl$/.test(name)).length, 4)
  for (const name of done) assert.equal(await readText(join(folder, 'done', name), 'utf8'), '{"same":true}\n')
})

test('a file that is put back unchanged does nothing twice; changed, it is a new file', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const channel = shop.read('rows', Anything, fast)
  const kept = new Kept()
  const connection = await connectTo(shop)
  const doneAgain = async () =>
    (await namesIn(folder, 'done')).length === 1 && (await namesIn(folder)).length === 0
  await putFile(folder, 'rows.jsonl', '1\n2\n')
  await runUntil(channel, kept, connection, doneAgain)
  await rename(join(folder, 'done', 'rows.jsonl'), join(folder, 'rows.jsonl'))
  await runUntil(channel, kept, connection, doneAgain)
  assert.deepEqual(kept.data, [1, 2])
  await utimes(join(folder, 'done', 'rows.jsonl'), 1, 1)
  await rename(join(folder, 'done', 'rows.jsonl'), join(folder, 'rows.jsonl'))
  await runUntil(channel, kept, connection, doneAgain)
  assert.deepEqual(kept.data, [1, 2, 1, 2])
})

test('a file that was read in part goes on behind its place, even if its number is another now', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const channel = shop.read('rows', Anything, fast)
  const kept = new Kept()
  const rows = Array.from({ length: 500 }, (_, n) => n)
  await putFile(folder, 'rows.jsonl', rows.join('\n'))
  const accept = kept.accept.bind(kept)
  kept.accept = async (...given) => {
    if (kept.data.length > 0) throw new Error('the store is gone')
    return accept(...given)
  }
  await assert.rejects(
    runUntil(channel, kept, await connectTo(shop), () => false),
    /the store is gone/,
  )
  kept.accept = accept
  const { owner, claim } = kept.stored as { owner: string; claim: number }
  const claimed = join(folder, '.isthmus', 'rows', owner, String(claim), 'rows.jsonl')
  await cp(claimed, join(folder, 'copy'), { preserveTimestamps: true })
  await rename(join(folder, 'copy'), claimed)
  await runUntil(channel, kept, await connectTo(shop), async () => kept.data.length === rows.length)
  assert.deepEqual(kept.data, rows)
})

test('older files come first, and those of one moment in the order of their numbers', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const names = ['z.jsonl', 'rows-9.jsonl', 'rows-10.jsonl', 'a.jsonl']
  for (const [index, name] of names.entries()) {
    await writeFile(join(folder, name), JSON.stringify(name))
    const time = [1_000, 2_000, 2_000, 3_000][index] ?? 0
    await utimes(join(folder, name), time, time)
  }
  const kept = new Kept()
  const connection = await connectTo(shop)
  await runUntil(shop.read('rows', Anything, fast), kept, connection, () => kept.data.length === 4)
  assert.deepEqual(kept.data, names)
})

test('links are not followed and folders are not left', async t => {
  const folder = await testFolder(t)
  const secret = join(await testFolder(t), 'secret.jsonl')
  await writeFile(secret, '"secret"\n')
  const shop = shopAt(folder)
  await symlink(secret, join(folder, 'link.jsonl'))
  await writeFile(join(folder, 'good.jsonl'), '"good"\n')
  const kept = new Kept()
  const connection = await connectTo(shop)
  await runUntil(shop.read('rows', Anything, fast), kept, connection, async () => {
    return (await namesIn(folder, 'done')).length === 1
  })
  assert.deepEqual(
    kept.deliveries.map(each => each.data),
    ['good'],
  )
  for (const away of ['../x', '/etc', 'a/../..', '.', '.hidden', 'a//b', 'c:', 'a\\b']) {
    assert.throws(() => shop.read('rows', Anything, { ...fast, folder: away }), isDefinition, away)
    const writing = { folder: away, format: jsonLines(), file: () => 'x' }
    assert.throws(() => shop.write('rows', Anything, writing), isDefinition, away)
  }
})

test('a link in the place of done or of a sub-folder is refused', async t => {
  const folder = await testFolder(t)
  const elsewhere = await testFolder(t)
  const shop = shopAt(folder)
  const connection = await connectTo(shop)
  await symlink(elsewhere, join(folder, 'in'))
  await symlink(elsewhere, join(folder, 'done'))
  await writeFile(join(folder, 'rows.jsonl'), '1\n')
  for (const options of [fast, { ...fast, folder: 'in' }]) {
    const channel = shop.read('rows', Anything, options)
    const running = runUntil(channel, new Kept(), connection, () => false)
    await assert.rejects(running, /must be a folder, and not a link/)
  }
  assert.deepEqual(await namesIn(elsewhere), [])
})

test('two sources that watch one folder take each file once', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const channel = shop.read('rows', Anything, fast)
  const both = [new Kept(), new Kept()]
  const count = () => both.reduce((sum, kept) => sum + kept.data.length, 0)
  const running = both.map(async kept => runUntil(channel, kept, await connectTo(shop), () => count() >= 300))
  for (let n = 0; n < 100; n++)
    await putFile(folder, `rows-${n}.jsonl`, `${n * 3}\n${n * 3 + 1}\n${n * 3 + 2}\n`)
  await Promise.all(running)
  const all = both.flatMap(kept => kept.data as number[]).sort((a, b) => a - b)
  assert.deepEqual(
    all,
    Array.from({ length: 300 }, (_, n) => n),
  )
  await until(async () => (await namesIn(folder)).length === 0)
})

test('a folder that is not there is an error that says what to do, and is never made', async t => {
  const folder = join(await testFolder(t), 'share')
  await assert.rejects(
    connectTo(shopAt(folder)),
    /There is no folder .*share\. Make it, or mount what should be there/,
  )
  await mkdir(folder)
  const shop = shopAt(folder)
  const connection = await connectTo(shop)
  await connection.check()
  await rename(folder, `${folder}-away`)
  await assert.rejects(connection.check(), /There is no folder/)
  const running = runUntil(shop.read('rows', Anything, fast), new Kept(), connection, () => false)
  await assert.rejects(running, /There is no folder/)
})

test('files of another instance are left to it, and named', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const other = join(folder, '.isthmus', 'rows', 'other', '7')
  await mkdir(other, { recursive: true })
  await writeFile(join(other, 'rows.jsonl'), '"other"\n')
  await writeFile(join(folder, 'mine.jsonl'), '"mine"\n')
  const kept = new Kept()
  const said: string[] = []
  const connection = await connectTo(shop, text => said.push(text))
  await runUntil(shop.read('rows', Anything, fast), kept, connection, () => kept.data.length > 0)
  assert.deepEqual(kept.data, ['mine'])
  assert.match(said.join(), /rows\/other holds files that another instance has claimed/)
})

test('an identity given by the record is used; one that cannot be had parks the record', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const id = (record: unknown) => (record as { no: string }).no.toUpperCase()
  const kept = new Kept()
  await writeFile(join(folder, 'rows.jsonl'), '{"no":"a"}\n{"other":1}\n{"no":""}\n{"no":"A"}\n{"no":"b"}\n')
  const connection = await connectTo(shop)
  const channel = shop.read('rows', Anything, { ...fast, id })
  await runUntil(channel, kept, connection, async () => (await namesIn(folder, 'done')).length === 1)
  assert.deepEqual(kept.data, [{ no: 'a' }, { no: 'b' }])
  assert.deepEqual(
    kept.defects.map(each => each.defect?.replace(/fails: .*/, 'fails')),
    ['rows.jsonl, line 2: the function "id" fails', 'rows.jsonl, line 3: the function "id" gives no text'],
  )
})

test('a pattern with a folder in it, which would never fit a file, is refused', () => {
  const shop = shopAt('.')
  for (const pattern of ['../*.jsonl', 'in/*.jsonl', 'in\\*.jsonl', ''])
    assert.throws(() => shop.read('rows', Anything, { ...fast, pattern }), isDefinition, pattern)
})

test('an empty file and a file of empty lines are done with nothing', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  await writeFile(join(folder, 'empty.jsonl'), '')
  await writeFile(join(folder, 'lines.jsonl'), '\n\r\n\n')
  const kept = new Kept()
  const connection = await connectTo(shop)
  await runUntil(shop.read('rows', Anything, fast), kept, connection, async () => {
    return (await namesIn(folder, 'done')).length === 2
  })
  assert.deepEqual(kept.deliveries, [])
  await appendFile(join(folder, 'done', 'empty.jsonl'), '')
})

function isDefinition(error: unknown): boolean {
  return error instanceof IsthmusError && error.code === 'FLOW-DEFINITION'
}

test('a file that is made shorter while it is read fails, and says so', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const kept = new Kept()
  const path = join(folder, 'rows.jsonl')
  await writeFile(path, Array.from({ length: 100_000 }, (_, n) => `${n}\n`).join(''))
  const writer = await open(path, 'a')
  const accept = kept.accept.bind(kept)
  let wrote = false
  kept.accept = async (deliveries, options) => {
    if (deliveries.length > 0 && !wrote) {
      wrote = true
      await writer.truncate(0)
      await writer.write('{"new":1}\n')
      await writer.close()
    }
    return accept(deliveries, options)
  }
  const connection = await connectTo(shop)
  await runUntil(shop.read('rows', Anything, fast), kept, connection, async () => {
    return (await namesIn(folder, 'failed')).includes('rows.jsonl')
  })
  assert.match(kept.defects.at(-1)?.defect ?? '', /it was made shorter, or written anew, while it was read/)
})

test('a file whose name is not text is left alone, and told once', {
  skip: process.platform !== 'linux' && 'other systems have no such names',
}, async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const kept = new Kept()
  // 订单 in GBK.
  await writeFile(
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('b6a9b5a52e6a736f6e6c', 'hex')]),
    '1\n',
  )
  const told: string[] = []
  const connection = await connectTo(shop, text => told.push(text))
  await runUntil(shop.read('rows', Anything, fast), kept, connection, () => told.length > 0)
  assert.match(told.join('\n'), /^\ufffd+\.jsonl is left alone: its name is not in UTF-8/)
  await putFile(folder, 'next.jsonl', '2\n')
  await runUntil(shop.read('rows', Anything, fast), kept, connection, () => kept.data.length > 0)
  assert.deepEqual(kept.data, [2])
})
