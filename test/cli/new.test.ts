import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Status } from '../../src/server/operations/schemas.ts'
import { until } from '../check/processes.ts'
import { Scene } from './fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('a new project compiles, is sound, and its orders arrive in the database but for the bad one', async t => {
  const scene = new Scene(t)
  assert.equal((await scene.run(['new', 'My Shop'])).code, 0)
  const folder = join(scene.folder, 'My Shop')
  // As `npm install` leaves it.
  mkdirSync(join(folder, 'node_modules'))
  for (const name of ['@types', 'typescript', 'typebox'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  symlinkSync(root, join(folder, 'node_modules', 'isthmus'))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', folder])
  assert.equal((await scene.run(['check', 'My Shop'])).code, 0)
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  assert.equal(scripts.start, 'isthmus start')

  // Its data are beside it, wherever it is started from.
  const env = { ISTHMUS_DATA: '' }
  const running = scene.spawn(['start', 'My Shop'], env)
  await until(() => running.log('parked').length === 1)
  const status = async () =>
    JSON.parse(
      (await scene.run(['status', '--json', '--data', join(folder, '.isthmus/my-shop')])).out,
    ) as Status
  await until(async () => (await status()).flows[0]?.ended === 3)
  const { flows } = await status()
  assert.deepEqual([flows[0]?.flow, flows[0]?.accepted, flows[0]?.parked], ['order-intake', 4, 1])
  assert.equal(await running.stop(), 0)
  const db = new DatabaseSync(join(folder, 'shop.db'))
  const rows = db.prepare('select "orderId", article, total from sales_orders order by 1').all()
  db.close()
  assert.deepEqual(
    rows.map(row => Object.values(row)),
    [
      ['SO-1001', 'M8-BOLT', 30],
      ['SO-1002', 'M8-NUT', 17.5],
      ['SO-1004', 'BRACKET', 54],
    ],
  )
})

test('a folder that holds something is left alone', async t => {
  const scene = new Scene(t)
  const { code, err } = await scene.run(['new', '.'])
  assert.equal(code, 2)
  assert.match(err, /is not empty/)
})
