import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Parameter } from '../sql-text.ts'
import type { TableFacts } from './facts.ts'
import { fitted } from './values.ts'

function fit(type: string, value: Parameter, isWhole = true): Parameter | undefined {
  const columns = new Map([['at', { type, nullable: true, distinct: false }]])
  const facts: TableFacts = { engine: 'InnoDB', columns, uniques: [] }
  return fitted({ text: '', values: [value], columnOf: () => 'AT', isWhole: () => isWhole }, facts)[0]
}

it('writes times with a zone in UTC, with every digit, and only where the column holds times', () => {
  assert.equal(fit('datetime', '2026-01-01T07:59:59.1234567+08:00'), '2025-12-31 23:59:59.1234567')
  assert.equal(fit('timestamp', '2026-05-01T08:30Z'), '2026-05-01 08:30:00')
  for (const [type, value] of [
    ['varchar', '2026-05-01T08:30:00Z'],
    ['datetime', '2026-05-01 08:30:00'],
    ['datetime', 'soon'],
  ] as const)
    assert.equal(fit(type, value), value)
  assert.equal(fit('datetime', '2026-05-01T08:30:00Z', false), '2026-05-01T08:30:00Z', 'in an expression')
})

it('refuses what an integer column would round', () => {
  for (const value of [1.5, '1.5', '-0.01', '.5'])
    assert.throws(() => fit('int', value), { code: 'TARGET-REFUSED' })
  for (const value of [1, '1', '1.0', '9007199254740993', 10n, true, null])
    assert.equal(fit('bigint', value), value)
  assert.equal(fit('decimal', '1.5'), '1.5')
})
