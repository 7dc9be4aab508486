import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proveArrival } from './arrival-proof.ts'
import { hoursOfDay, purchasePrice } from './verdict.ts'

const sheet = { day: '2026-01-01', number: 'P1', name: '𠮷田 㐂', department: 'Welding', hours: '8.00' }
const price = { article: 'PT-BOLT-M8', name: '六角螺栓 M8', price: '0.2200', version: 2 }

test('hours have arrived once and to the letter, or each difference is named', () => {
  const problems = (there: (typeof sheet)[], here: (typeof sheet)[]) =>
    proveArrival(there, here, hoursOfDay).problems.join('; ')
  assert.deepEqual(proveArrival([sheet], [sheet], hoursOfDay), { items: 1, right: 1, problems: [] })
  assert.equal(proveArrival([sheet], [], hoursOfDay).right, 0)
  assert.match(problems([sheet], []), /P1 on 2026-01-01: arrived 0 times/)
  assert.match(problems([sheet], [sheet, sheet]), /arrived 2 times/)
  assert.match(problems([sheet], [{ ...sheet, name: '?田 㐂' }]), /𠮷田 㐂 of Welding, but .* \?田 㐂/)
  assert.match(problems([sheet], [{ ...sheet, hours: '8.0' }]), /8.00 hours .* is 8.0 hours/)
  assert.match(problems([], [sheet]), /P1 on 2026-01-01: arrived, and there is no such thing/)
})

test('the last price of each article has arrived, or each difference is named', () => {
  const problems = (here: (typeof price)[]) => proveArrival([price], here, purchasePrice).problems.join('; ')
  assert.equal(problems([price]), '')
  assert.match(problems([]), /PT-BOLT-M8: arrived 0 times/)
  assert.match(problems([{ ...price, price: '0.2300' }]), /0.2200, version 2, but .* 0.2300/)
  assert.match(problems([{ ...price, version: 1 }]), /version 2, but .* version 1/)
  assert.match(problems([{ ...price, name: '六角螺? M8' }]), /六角螺栓 M8 .* 六角螺\?/)
})
