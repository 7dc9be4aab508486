import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}/docs/models.md`, 'utf8')
const shown = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

/** What a program says that stands in the root of the project, where `isthmus/...` is ourselves. */
function run(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, out: string, err: string) =>
      error ? reject(new Error(err)) : resolve(out)
    const child = execFile(process.execPath, ['--input-type=module-typescript'], { cwd: root }, done)
    child.stdin?.end(program)
  })
}

test('docs/models.md says of a term and of versions what they are', async () => {
  const [terms = '', channels = '', versions = ''] = shown
  assert.equal(shown.length, 3)
  const [found, read, compared] = await Promise.all([
    run(`${terms}\nconsole.log(JSON.stringify(quantity))`),
    run(`${channels}\nconsole.log(orders.role, materials.model.name)`),
    run(
      `${versions}\nconsole.log(JSON.stringify({ verdict, changes, up: toV2.apply({ no: '1', name: 'Li' }) }))`,
    ),
  ])
  assert.deepEqual(JSON.parse(found), {
    path: 'lines[].quantity',
    standard: 'UBL',
    term: 'Order/cac:OrderLine/cac:LineItem/cbc:Quantity',
  })
  assert.equal(read.trim(), 'source Material')
  const { verdict, changes, up } = JSON.parse(compared)
  assert.equal(verdict, 'breaking')
  assert.deepEqual(
    changes.map(({ path, breaking }: { path: string; breaking: string[] }) => [path, breaking]),
    [
      ['name', ['writers', 'readers']],
      ['buyer', ['writers']],
    ],
  )
  assert.deepEqual(up, { no: '1', buyer: { name: 'Li' } })
})
