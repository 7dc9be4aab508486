import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftOf, type Grant, grantOf } from './grants.ts'

test('what was typed becomes a grant, and a grant becomes what is typed', () => {
  const typed = { id: 1, role: 'operator', flows: ' order-*，wms ', systems: '' } as const
  assert.deepEqual(grantOf(typed), { role: 'operator', scope: { flows: ['order-*', 'wms'] } })
  const grants: Grant[] = [
    { role: 'admin' },
    { role: 'viewer', scope: { flows: ['a', 'b*'], systems: ['sap'] } },
    { role: 'engineer', scope: { systems: ['*'] } },
  ]
  assert.deepEqual(
    grants.map(grant => grantOf(draftOf(grant))),
    grants,
  )
})
