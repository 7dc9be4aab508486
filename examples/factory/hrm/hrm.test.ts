import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'ldapts'
import { freePort } from '../../../scripts/servers/kept.ts'
import { ask, startSimulated } from '../processes.ts'
import { HrmDatabase, type HrmTruth } from './database.ts'

test('the people of the HRM are read by LDAP, in pages and by the time of their change', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-hrm-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const ldap = await freePort()
  const args = { port: 0, ldap, data: join(folder, 'hrm.db'), rate: 0 }
  const hrm = await startSimulated('hrm', args, { env: { HRM_PASSWORD: 'open' } })
  t.after(hrm.kill)
  const client = new Client({ url: `ldap://127.0.0.1:${ldap}` })
  t.after(() => client.unbind())
  await assert.rejects(client.bind('cn=isthmus,dc=factory', 'wrong'), /49|Invalid/)
  await client.bind('cn=isthmus,dc=factory', 'open')

  const { employees } = await ask<HrmTruth>(`${hrm.url}/truth`)
  const numbers = async (filter: string) => {
    const { searchEntries } = await client.search('ou=people,dc=factory', { filter, paged: { pageSize: 5 } })
    return searchEntries.map(({ employeeNumber }) => employeeNumber)
  }
  assert.equal(employees.length, 12)
  assert.deepEqual(
    await numbers('(objectClass=inetOrgPerson)'),
    employees.map(({ number }) => number),
  )
  const [year, next] = [new Date().getFullYear(), new Date().getFullYear() + 1]
  assert.equal((await numbers(`(modifyTimestamp>=${year}0101000000.0Z)`)).length, 12)
  assert.deepEqual(await numbers(`(modifyTimestamp>=${next}0101000000.0Z)`), [])

  await ask(`${hrm.url}/faults`, { kind: 'refuse', forSeconds: 60 })
  await assert.rejects(numbers('(objectClass=*)'), /Maintenance|Busy/i)
  await ask(`${hrm.url}/faults`, { kind: 'lose-answer', forSeconds: 60 })
  await assert.rejects(numbers('(objectClass=*)'))
})

test('each night the hours of all are a file in GB18030; one that was left behind is dropped', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-hours-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const data = join(folder, 'hrm.db')
  const db = new HrmDatabase(data)
  while (db.employees().length < 12) db.hire('𠮷田 㐂', 'Welding')
  db.addTimesheets(() => '8.00')
  const args = { port: 0, ldap: await freePort(), data, rate: 0, days: 0, files: folder }
  const hrm = await startSimulated('hrm', args)
  t.after(hrm.kill)
  const rows = db.timesheets()
  assert.equal(rows.length, 12)
  const bytes = readFileSync(join(folder, 'working-time-2026-01-01.csv'))
  // Four bytes for 𠮷, two for 田.
  assert.ok(bytes.includes(Buffer.from('9534b235ccef', 'hex')))
  const said = rows.map(row => `${row.day},${row.number},${row.name},${row.department},8.00\r\n`).join('')
  assert.equal(new TextDecoder('gb18030').decode(bytes), `日期,工号,姓名,部门,工时\r\n${said}`)
})
