import assert from 'node:assert/strict'
import { it } from 'node:test'
import { duckdbFile } from '../integration/warehouse-harness.ts'
import { rowsIn } from '../pipelines/worn-plant.ts'

const hostile = [
  `select * from read_text('/etc/hostname')`,
  `select * from '/etc/hostname'`,
  `select * from glob('/etc/*')`,
  `from sniff_csv('/etc/hostname')`,
  `copy (select 1) to '/tmp/isthmus-hostile.csv'`,
  `attach '/tmp/isthmus-hostile.db'`,
  `export database '/tmp/isthmus-hostile'`,
  'install httpfs',
  `select getenv('HOME')`,
  'set enable_external_access = true',
  'select 1; select 2',
]

it('a query reads and writes no files, loads nothing and changes no setting', async () => {
  const made = await duckdbFile()
  const opened = await made.open()
  for (const query of hostile)
    await assert.rejects(rowsIn(opened.warehouse(), query), { name: 'IsthmusError' }, query)
  await opened.close()
  await made.destroy()
})
