import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as xlsx from 'xlsx'
import { until } from '../check/processes.ts'
import { Scene } from './fixture.ts'

const landscape = fileURLToPath(new URL('./warehouse', import.meta.url))
const sum = 'select count(*) as n, sum(amount) as total from sales'

test('a query is answered beside a running instance and without one, as a table and as files; it changes nothing', async t => {
  const scene = new Scene(t)
  const env = { WAREHOUSE: join(scene.folder, 'dw.db') }
  const query = async (...args: string[]) => {
    const { code, out, err } = await scene.run(['query', ...args, '-l', landscape], { env })
    assert.equal(code, 0, err)
    return { out, err }
  }
  const running = scene.spawn(['start', landscape], env)
  await until(() => running.out.includes('"event":"started"') || running.child.exitCode !== null)
  const run = await scene.run(['pipeline', 'run', 'sold', '--why', 'test'], { env })
  assert.equal(run.code, 0, run.out + run.err)

  assert.deepEqual(JSON.parse((await query(sum, '--json')).out), [{ n: 3000, total: '450150.00' }])
  const limited = await query('select no, what, amount from sales order by no', '--limit', '2')
  assert.deepEqual(
    limited.out
      .split('\n')
      .slice(0, 4)
      .map(line => line.trim().split(/\s{2,}/)),
    [['no', 'what', 'amount'], ['1', `it's, "1`, '0.10'], ['2', `it's, "2`, '0.20'], ['2 rows']],
  )
  assert.match(limited.err, /more rows than 2 rows/)
  assert.match((await query('select no from sales where no < 0')).out, /^\s*no\s+0 rows/)
  for (const sql of [
    'delete from sales',
    'select 1; delete from sales',
    `copy sales to '${scene.folder}/out.csv'`,
  ]) {
    const { code, err } = await scene.run(['query', sql, '-l', landscape], { env })
    assert.notEqual(code, 0)
    assert.match(err, /nothing but a select|One statement|Permission Error/)
  }
  const { token, running: at } = scene.control()
  const ask = (body: object) =>
    fetch(`${at?.url}/api/v1/warehouse/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  assert.deepEqual(await (await ask({ system: 'dw', sql: sum })).json(), {
    columns: ['n', 'total'],
    rows: [[3000, '450150.00']],
    more: false,
  })
  assert.equal((await ask({ system: 'other', sql: sum })).status, 404)
  const why = async (...args: string[]) =>
    scene.run(['why', ...args, '--table', 'sales', '-l', landscape], { env })
  const told = await why('no=7', 'amount')
  assert.match(
    told.out,
    /^dw\.sales\.amount = "0\.70" {2}of no 7\n {2}written by run 20.*everything to/,
    told.err,
  )
  assert.match((await why('no=0', 'amount')).err, /Table sales has no row no=0/)
  assert.match((await why('7', 'amount')).err, /known by no key: write COLUMN=VALUE,COLUMN=VALUE/)
  await running.stop()
  assert.equal((await why('no=7', 'amount')).out, told.out, 'beside a stopped instance')
  const audit = await scene.run(['audit', 'list', '--json', '-l', landscape], { env })
  assert.match(audit.out, /"action": "warehouse.query"/)

  assert.deepEqual(JSON.parse((await query(sum, '--format', 'json')).out), [{ n: 3000, total: '450150.00' }])
  const csv = join(scene.folder, 'sales.csv')
  await query('select * from sales order by no', '--out', csv)
  const lines = readFileSync(csv, 'utf8').split('\r\n')
  assert.deepEqual([lines.length, lines[0], lines[1]], [3002, 'no,what,amount', '1,"it\'s, ""1",0.10'])
  const book = join(scene.folder, 'sales.xlsx')
  await query('select * from sales order by no', '--out', book, '--numbers', 'amount')
  const cells = xlsx.read(readFileSync(book)).Sheets.Sheet1 ?? {}
  assert.deepEqual([cells.B2?.v, cells.C2?.t, cells.C2?.v, cells.C3001?.v], [`it's, "1`, 'n', 0.1, 300])
  const refused = await scene.run(['query', 'drop table sales', '-l', landscape], { env })
  assert.notEqual(refused.code, 0)
  assert.deepEqual(JSON.parse((await query(sum, '--json')).out), [{ n: 3000, total: '450150.00' }])
})
