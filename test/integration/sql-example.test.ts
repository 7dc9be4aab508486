import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { withoutMariadb } from '../recovery/mariadb-fixture.ts'
import { mariadbDatabase, until } from './sql-harness.ts'

const root = join(import.meta.dirname, '../..')

it('examples/sql posts issues from one MariaDB database to another, once each', {
  skip: withoutMariadb,
}, async t => {
  const [mes, erp] = [await mariadbDatabase(), await mariadbDatabase()]
  const data = mkdtempSync(join(tmpdir(), 'isthmus-sql-example-'))
  await mes.run('create table issue_outbox (id integer auto_increment primary key, payload json)')
  await erp.run('create table materials (code varchar(20) primary key, name varchar(40), unit varchar(5))')
  await erp.run("insert into materials values ('M1', 'Bolt', 'KG')")
  await erp.run(
    'create table documents (id integer auto_increment primary key, no text, what text, quantity decimal(10,2))',
  )
  await erp.run('create table issue_entries (no varchar(20) primary key, document integer)')
  await erp.run(`create procedure post_issue(n text, t text, q decimal(10,2), out document integer)
    begin insert into documents (no, what, quantity) values (n, t, q); set document = last_insert_id(); end`)
  for (const no of ['I1', 'I2', 'I3'])
    await mes.run(
      `insert into issue_outbox (payload) values ('{"no":"${no}","material":"M1","quantity":"12.50"}')`,
    )
  const child = spawn(process.execPath, ['bin/isthmus.mjs', 'start', 'examples/sql'], {
    cwd: root,
    env: { ...process.env, ISTHMUS_DATA: data, MES_DB: mes.url, ERP_DB: erp.url, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  t.after(async () => {
    child.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true })
    await mes.destroy()
    await erp.destroy()
  })
  await until(async () => {
    assert.equal(child.exitCode, null, output)
    return (await erp.run('select * from issue_entries')).length === 3
  })
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  const documents = await erp.run('select no, what, quantity from documents order by no')
  assert.deepEqual(
    documents.map(row => Object.values(row)),
    ['I1', 'I2', 'I3'].map(no => [no, 'Bolt (KG)', '12.50']),
  )
  assert.equal((await mes.run('select * from issue_outbox')).length, 0)
  assert.ok(!output.includes(new URL(mes.url).password), 'no password is shown')
})
