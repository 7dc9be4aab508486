import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { namesIn, putFile, testFolder, until } from './files-harness.ts'
import { workbookOf } from './spreadsheet-files.ts'

const root = join(import.meta.dirname, '../..')

test('examples/files makes a price list in a workbook tags of fixed width in GB18030', {
  timeout: 240_000,
}, async t => {
  const folder = await testFolder(t)
  const [supplier, shop] = [join(folder, 'supplier'), join(folder, 'shop')]
  for (const each of [supplier, shop]) await mkdir(each)
  let isthmus: ChildProcess | undefined
  t.after(() => isthmus?.kill('SIGKILL'))
  const env = {
    ...process.env,
    PORT: '0',
    ISTHMUS_DATA: join(folder, 'data'),
    SUPPLIER: supplier,
    SHOP: shop,
  }
  isthmus = spawn(process.execPath, ['src/cli/main.ts', 'start', 'examples/files'], {
    cwd: root,
    env,
    stdio: 'ignore',
  })
  const list = await workbookOf(workbook => {
    workbook.addWorksheet('Cover').addRow(['see the next sheet'])
    const sheet = workbook.addWorksheet('Prices 2024')
    sheet.addRows([
      ['Price list'],
      ['valid from', new Date('2024-03-01')],
      ['Article', 'Name', 'Net', 'From'],
    ])
    sheet.addRow([' ab-1', '螺丝', 12.5, new Date('2024-03-01')])
    sheet.addRow(['AB-2', 'Bolt', { formula: '1/0', result: { error: '#DIV/0!' } }, new Date('2024-03-01')])
    sheet.addRow(['AB-3', 'Nut', 0.08, new Date('2024-04-01')])
  })
  await putFile(supplier, 'list.xlsx', list)
  await until(async () => t.signal.aborted || (await namesIn(shop)).length === 2)
  const texts = await Promise.all(
    (await namesIn(shop)).map(async name =>
      new TextDecoder('gb18030').decode(await readFile(join(shop, name))),
    ),
  )
  assert.deepEqual(texts.sort(), [
    'AB-1    螺丝                000012.502024-03-01\r\n',
    'AB-3    Nut                 000000.082024-04-01\r\n',
  ])
})
