import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Arrivals } from './arrivals.ts'
import { isGone } from './folders.ts'
import { LocalDrive } from './local-drive.ts'

test('a file is complete when it did not change for the time to settle, and not before', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-arrivals-'))
  t.after(() => rm(folder, { recursive: true }))
  let now = 0
  const arrivals = new Arrivals(new LocalDrive(folder), '', { pattern: '*', settle: 2000 }, () => now)
  const look = async (at: number) => {
    now = at
    const { complete, wait } = await arrivals.look()
    return [complete.map(({ name }) => name), wait]
  }
  const path = join(folder, 'a')
  await writeFile(path, 'begin')
  assert.deepEqual(await look(0), [[], 2000])
  assert.deepEqual(await look(1500), [[], 500])
  await appendFile(path, 'more')
  assert.deepEqual(await look(2000), [[], 2000], 'it grew')
  await utimes(path, 1000, 1000)
  assert.deepEqual(await look(3999), [[], 2000], 'it was written again in its length')
  await writeFile(join(folder, 'b'), 'later')
  assert.deepEqual(await look(5999), [['a'], 2000])
  await rm(path)
  await writeFile(path, 'again')
  assert.deepEqual(await look(9000), [['b'], 2000], 'another file of the same name begins anew')
})

test('a handle that a network share calls stale is a file that is gone', () => {
  assert.ok(isGone(Object.assign(new Error('stale'), { code: 'ESTALE' })))
  assert.ok(!isGone(Object.assign(new Error('broken'), { code: 'EIO' })))
})
