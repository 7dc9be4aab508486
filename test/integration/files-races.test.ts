import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLines, type ReadOptions } from '../../src/connectors/files/index.ts'
import { Anything, connectTo, Kept, namesIn, putFile, runUntil, shopAt, testFolder } from './files-harness.ts'

const fast = { pattern: '*.jsonl', format: jsonLines(), every: '1ms', settle: '0s' } satisfies ReadOptions

test('a name that is written anew all the time is read whole and once, and the last one comes', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const kept = new Kept()
  // Of different sizes: the time of a file counts in ticks of some milliseconds, and alone does not tell versions apart.
  const rows = (version: number) =>
    [1, 2, 3].map(n => `{"version":${version},"n":${n}}${' '.repeat(version)}\n`).join('')
  const last = 150
  const writing = (async () => {
    for (let version = 1; version <= last; version++) await putFile(folder, 'rows.jsonl', rows(version))
  })()
  const isLast = () => kept.data.some(data => (data as { version: number }).version === last)
  const done = async () => isLast() && (await namesIn(folder)).length === 0
  await runUntil(shop.read('rows', Anything, fast), kept, await connectTo(shop), done)
  await writing
  const versions = [...new Set(kept.data.map(data => (data as { version: number }).version))]
  assert.deepEqual(
    kept.data,
    versions.flatMap(version => [1, 2, 3].map(n => ({ version, n }))),
  )
  assert.equal(kept.defects.length, 0)
})

test('versions of one length that take their name within one tick of the clock all come', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const kept = new Kept()
  const versions = Array.from({ length: 100 }, (_, n) => 1000 + n)
  const path = join(folder, 'rows.jsonl')
  // As soon as one is claimed comes the next, with the same time: a clock of coarse ticks that stands still.
  const writing = (async () => {
    for (const version of versions) {
      await writeFile(`${path}.part`, `${version}\n${version}\n`)
      await utimes(`${path}.part`, 1000, 1000)
      while (existsSync(path)) await new Promise(resolve => setImmediate(resolve))
      await rename(`${path}.part`, path)
    }
  })()
  const done = async () => (await namesIn(folder, 'done')).length === versions.length
  await runUntil(shop.read('rows', Anything, fast), kept, await connectTo(shop), done)
  await writing
  assert.deepEqual(
    kept.data,
    versions.flatMap(version => [version, version]),
  )
})

test('files that somebody takes away between two looks are no trouble', async t => {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const kept = new Kept()
  let isOver = false
  const taking = (async () => {
    while (!isOver) {
      const names = (await readdir(folder)).filter(name => /^away-\d+\.jsonl$/.test(name))
      for (const name of names) await rm(join(folder, name), { force: true })
      await new Promise(resolve => setImmediate(resolve))
    }
  })()
  const writing = (async () => {
    for (let n = 0; n < 150; n++) {
      await putFile(folder, `away-${n}.jsonl`, '"away"\n')
      await putFile(folder, `rows-${n}.jsonl`, `${n}\n`)
    }
  })()
  const all = () => kept.data.filter(data => data !== 'away')
  const channel = shop.read('rows', Anything, fast)
  const reading = runUntil(channel, kept, await connectTo(shop), () => all().length === 150)
  await reading.finally(() => {
    isOver = true
  })
  await Promise.all([taking, writing])
  assert.deepEqual(
    (all() as number[]).toSorted((a, b) => a - b),
    Array.from({ length: 150 }, (_, n) => n),
  )
  assert.equal(kept.defects.length, 0)
})
