import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { IsthmusError } from '../errors.ts'
import { codeTableFile } from './code-table-file.ts'

function written(t: TestContext, name: string, content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-codes-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const columns = { from: 'sap', to: 'unece' }
const coded = (code: string) => (error: unknown) => error instanceof IsthmusError && error.code === code

test('two columns of a CSV file are a table; so are two fields of JSON records', t => {
  const path = written(t, 'units.csv', '\ufeffsap,note,unece\r\nKG,"a, b",KGM\r\nST,,C62\r\nKG,again,KGM\r\n')
  const table = codeTableFile(pathToFileURL(path), columns)
  assert.deepEqual([table.name, table.code('KG'), table.back('C62')], ['units', 'KGM', 'ST'])
  assert.throws(() => table.code('XX'), coded('MAP-VALUE'))
  const json = codeTableFile(written(t, 'u.json', '[{"sap":"KG","unece":"KGM"},{"sap":7,"unece":"C62"}]'), {
    ...columns,
    name: 'uom',
    miss: 'keep',
  })
  assert.deepEqual([json.name, json.code(7), json.code('XX')], ['uom', 'C62', 'XX'])
  const gbk = codeTableFile(written(t, 'g.csv', Buffer.from('c3fb2c636f64650ac7a7bfcb2c4b474d0a', 'hex')), {
    from: '名',
    to: 'code',
    encoding: 'gbk',
  })
  assert.equal(gbk.code('千克'), 'KGM')
})

test('a table that says two things, or lacks a code, is refused when the landscape is loaded', t => {
  const refused = (content: string, options = columns, name = 't.csv') =>
    assert.throws(() => codeTableFile(written(t, name, content), options), coded('FLOW-DEFINITION'))
  refused('sap,unece\nKG,KGM\nKG,GRM\n')
  refused('sap,unece\nKG,\n')
  refused('sap,other\nKG,KGM\n')
  refused('[{"sap":"KG"}]', columns, 't.json')
  refused('sap,unece\n', { ...columns, form: 'x' } as never)
  assert.throws(() => codeTableFile('/nowhere/units.csv', columns), coded('CONFIG-INVALID'))
  assert.throws(() => codeTableFile(written(t, 'b.csv', 'sap,unece\nKG,KGM,more\n'), columns), /line 2/)
})
