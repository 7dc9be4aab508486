import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isGone, until } from '../check/processes.ts'
import { ordersLandscape, Scene } from './fixture.ts'

const source = fileURLToPath(new URL('../../src', import.meta.url))

test('dev starts again when a file changes, waits while it is broken, and takes everything along at the end', async t => {
  const scene = new Scene(t)
  const file = join(scene.folder, 'isthmus.ts')
  cpSync(join(ordersLandscape, 'isthmus.ts'), file)
  const at = (path: string) => pathToFileURL(join(source, path)).href
  const write = (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8')))
  write(text => text.replace("'isthmus'", `'${at('index.ts')}'`))
  write(text => text.replace("'isthmus/files'", `'${at('connectors/files/index.ts')}'`))

  const dev = scene.spawn(['dev', 'isthmus.ts'])
  const starts = () => dev.log('started')
  await until(() => starts().length === 1)
  write(text => text.replace("name: 'orders',\n  systems", "name: 'renamed',\n  systems"))
  await until(() => starts().length === 2)
  assert.deepEqual(
    starts().map(({ landscape }) => landscape),
    ['orders', 'renamed'],
  )
  write(text => `${text}\nconst = 1`)
  await until(() => dev.out.includes('Waiting for a change') && /isthmus\.ts:\d+: /.test(dev.err))
  write(text => text.replace('\nconst = 1', ''))
  await until(() => starts().length === 3)
  assert.equal(await dev.stop(), 0)
  for (const { pid } of starts()) assert.ok(isGone(pid as number))
})
