import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { namesIn, putFile, testFolder, until } from './files-harness.ts'

const root = join(import.meta.dirname, '../..')
const list = `no,supplier,taxNo,phone,price,per,until
\u200bA-1 ,苏州利博　有限公司,91350100 M000100Y43,138-0013-8000,"1,200",公斤,01/02/2026
A-2,Müller GmbH,91350100M000100Y43,,１２.５,托,2026年5月1日
A-3,Acme Ltd,91350100M000100Y44,12,9,斤,13/13/2026
A-4,Acme Ltd,91350100M000100Y43,,0,kg,2026-05-01
`

test('examples/cleaning puts what people typed into form, and sets aside what has none', {
  timeout: 240_000,
}, async t => {
  const folder = await testFolder(t)
  const [purchasing, erp] = [join(folder, 'purchasing'), join(folder, 'erp')]
  for (const each of [purchasing, erp]) await mkdir(each)
  const env = {
    ...process.env,
    PORT: '0',
    ISTHMUS_DATA: join(folder, 'data'),
    PURCHASING: purchasing,
    ERP: erp,
  }
  const isthmus = spawn(process.execPath, ['src/cli/main.ts', 'start', 'examples/cleaning'], {
    cwd: root,
    env,
  })
  t.after(() => isthmus.kill('SIGKILL'))
  let log = ''
  for (const stream of [isthmus.stdout, isthmus.stderr])
    stream.on('data', data => {
      log += data
    })
  await putFile(purchasing, 'offers.csv', new TextEncoder().encode(list))
  await until(
    async () =>
      t.signal.aborted ||
      ((await namesIn(erp)).length === 2 &&
        log.split('RULE-BROKEN').length > 1 &&
        log.includes('CLEAN-VALUE')),
  )
  const written = await Promise.all(
    (await namesIn(erp)).toSorted().map(async name => JSON.parse(await readFile(join(erp, name), 'utf8'))),
  )
  const taxNo = '91350100M000100Y43'
  assert.deepEqual(written, [
    {
      no: 'A-1',
      supplier: '苏州利博 有限公司',
      taxNo,
      phone: '+8613800138000',
      price: '1200.00',
      per: 'KGM',
      until: '2026-02-01',
    },
    { no: 'A-2', supplier: 'Müller GmbH', taxNo, price: '12.50', per: 'XPX', until: '2026-05-01' },
  ])
  assert.match(log, /taxNo: "91350100M000100Y44".*; phone: "12".*; per: "斤".*; until: "13\/13\/2026"/)
  assert.match(log, /RULE-BROKEN priced: an offer of nothing/)
})
