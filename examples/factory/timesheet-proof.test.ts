import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proveTimesheets } from './timesheet-proof.ts'

const sheet = { day: '2026-01-01', number: 'P1', name: '𠮷田 㐂', department: 'Welding', hours: '8.00' }

test('hours are in the ERP once and to the letter, or each difference is named', () => {
  const problems = (there: (typeof sheet)[], here: (typeof sheet)[]) =>
    proveTimesheets(there, here).problems.join('; ')
  assert.deepEqual(proveTimesheets([sheet], [sheet]), { timesheets: 1, right: 1, problems: [] })
  assert.match(problems([sheet], []), /2026-01-01 P1: 0 times in the ERP/)
  assert.match(problems([sheet], [sheet, sheet]), /2 times in the ERP/)
  assert.match(
    problems([sheet], [{ ...sheet, name: '?田 㐂' }]),
    /𠮷田 㐂 in Welding, but in the ERP 8.00 hours of \?田/,
  )
  assert.match(problems([sheet], [{ ...sheet, hours: '8.0' }]), /8.00 hours .* but in the ERP 8.0 hours/)
  assert.match(problems([], [sheet]), /the HRM does not know these hours/)
})
