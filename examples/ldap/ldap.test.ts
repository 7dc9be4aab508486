import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Client } from 'ldapts'
import { startInstance } from '../../src/server/instance.ts'
import { password, testTree, url, user, withoutLdap } from '../../test/integration/ldap-harness.ts'
import { until } from '../../test/integration/sql-harness.ts'
import example from './isthmus.ts'

test('people of the directory become operators', { skip: withoutLdap, timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-ldap-'))
  const tree = await testTree()
  const [people, groups] = ['ou=people,dc=isthmus,dc=test', 'ou=groups,dc=isthmus,dc=test']
  const anna = `uid=anna,${people}`
  const entries: [string, Record<string, string | string[]>][] = [
    [people, { objectClass: 'organizationalUnit' }],
    [groups, { objectClass: 'organizationalUnit' }],
    [anna, { objectClass: 'inetOrgPerson', cn: '安娜', sn: 'A', mail: 'anna@factory.test' }],
    [`uid=bo,${people}`, { objectClass: 'inetOrgPerson', cn: 'Bo', sn: 'B' }],
    [`cn=press,${groups}`, { objectClass: 'groupOfNames', member: anna }],
  ]
  const writer = new Client({ url })
  await writer.bind(user, password)
  for (const [dn, attributes] of entries) await writer.add(dn, attributes)
  const path = join(folder, 'mes.db')
  const environment = { HRM_LDAP: url, HRM_USER: user, HRM_PASSWORD: password, MES_DATABASE: path }
  const instance = await startInstance({
    landscape: example,
    data: folder,
    port: 0,
    control: { port: 0 },
    environment,
    log: () => {},
  })
  const database = new DatabaseSync(path)
  const rows = () => {
    try {
      return database
        .prepare('select * from operators order by id')
        .all()
        .map(row => ({ ...row }))
    } catch {
      return []
    }
  }
  try {
    await until(() => rows().length === 2)
    assert.deepEqual(rows(), [
      { id: 'anna', name: '安娜', mail: 'anna@factory.test', groups: 'press' },
      { id: 'bo', name: 'Bo', mail: null, groups: '' },
    ])
  } finally {
    await instance.stop()
    database.close()
    for (const [dn] of entries.toReversed()) await writer.del(dn)
    await writer.unbind()
    await tree.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
})
