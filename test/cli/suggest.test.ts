import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Scene } from './fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const landscapeText = `
import { landscape, model, Type } from 'isthmus'
export const Order = model('Order', { version: 1, schema: Type.Object({
  orderNo: Type.String(), supplierName: Type.String(), quantity: Type.String(), incoterms: Type.Optional(Type.String()),
}) })
export default landscape({ name: 'orders', systems: [], flows: [] })
`

/** A folder with a landscape, a schema and samples. */
function desk(t: TestContext) {
  const scene = new Scene(t)
  const path = (name: string) => join(scene.folder, name)
  mkdirSync(path('node_modules'))
  symlinkSync(root, path('node_modules/isthmus'))
  writeFileSync(path('package.json'), '{"type":"module"}')
  writeFileSync(path('isthmus.ts'), landscapeText)
  const text = { type: 'string' }
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { ddh: text, 供应商名称: text, sl: text },
  }
  writeFileSync(path('cgdd.json'), JSON.stringify(schema))
  writeFileSync(path('rows.csv'), 'ddh,供应商名称,sl\nPO-1,华为,5\n')
  return { path, run: (...args: string[]) => scene.run(['suggest', ...args]) }
}

test('a mapping into a model of the landscape is drafted, written once, and told in JSON', async t => {
  const { path, run } = desk(t)
  const drafted = await run('cgdd.json', 'Order', '--samples', 'rows.csv', '--out', 'draft.ts')
  assert.equal(drafted.code, 0, drafted.err)
  const text = readFileSync(path('draft.ts'), 'utf8')
  for (const line of [
    /import \{ Order \} from "\.\/isthmus\.ts"/,
    /orderNo: from => from\.ddh, \/\/ /,
    /supplierName: from => from\.供应商名称, \/\/ /,
    /quantity: from => from\.sl, \/\/ /,
    /\/\/ incoterms: nothing was found/,
  ])
    assert.match(text, line)
  writeFileSync(path('draft.ts'), 'mine')
  const again = await run('cgdd.json', 'Order', '--out', 'draft.ts')
  assert.notEqual(again.code, 0)
  assert.match(again.err, /there already/)
  assert.equal(readFileSync(path('draft.ts'), 'utf8'), 'mine')
  const told = await run('cgdd.json', 'Order', '--json')
  const { fields } = JSON.parse(told.out) as {
    fields: { target: string; required: boolean; source?: { path: string } }[]
  }
  assert.deepEqual(
    fields.map(({ target, required, source }) => [target, required, source?.path]),
    [
      ['orderNo', true, 'ddh'],
      ['supplierName', true, '供应商名称'],
      ['quantity', true, 'sl'],
      ['incoterms', false, undefined],
    ],
  )
  assert.ok(!existsSync(path('Order.ts')))
})

test('what there is not is told with what there is', async t => {
  const { run } = desk(t)
  const missing = await run('cgdd.json', 'Ordr')
  assert.match(missing.err, /no file, model or channel "Ordr". There are Order/)
  const definition = await run('cgdd.json#Line', 'Order')
  assert.match(definition.err, /has no definition "Line"/)
})
