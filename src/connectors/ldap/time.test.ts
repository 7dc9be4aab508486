import assert from 'node:assert/strict'
import { it } from 'node:test'
import { generalizedTime, instantOf, isoTime } from './time.ts'

it('generalized times become ISO 8601', () => {
  assert.equal(isoTime('20260501083000Z'), '2026-05-01T08:30:00Z')
  assert.equal(isoTime('20260501083000.0Z'), '2026-05-01T08:30:00.0Z')
  assert.equal(isoTime('202605010830+0800'), '2026-05-01T08:30:00+08:00')
  assert.equal(isoTime('20260501083000,123456-03'), '2026-05-01T08:30:00.123456-03:00')
  assert.equal(isoTime('2026-05-01'), undefined)
  assert.equal(instantOf('20261301083000Z'), undefined)
  assert.equal(generalizedTime(instantOf('20260501163000+0800') ?? 0), '20260501083000.0Z')
})
