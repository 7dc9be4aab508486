import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pastDays } from '../history/history.ts'
import { cardOf } from '../hrm/cards.ts'
import type { Truths } from '../truths.ts'
import { bornAsNumbered, cleaners, withFirstNumber } from './people.ts'
import { proveWarehouse, type WarehouseTotals } from './proof.ts'

const people = Array.from({ length: 400 }, (_, n) => n + 1).map(n => {
  const [person, name] = n % 9 === 0 ? [n - 4, `person ${n - 4}`] : [n, `person ${n}`]
  const card = cardOf(person, name, n)
  return {
    person,
    employeeNumber: `P${10_000 + n}`,
    displayName: card.name,
    departmentNumber: 'Welding',
    employeeType: 'active',
    mobile: card.phone,
    residentId: card.identity,
    birthDate: card.born,
    hireDate: card.joined,
    modifyTimestamp: '2026-01-01T00:00:00Z',
  }
})

test('what was typed of people is cleaned, but for identity numbers with a wrong check character', () => {
  for (const { person, displayName, mobile, residentId, birthDate, hireDate } of people) {
    assert.match(cleaners.displayName(displayName), /^person \d+$/)
    assert.match(cleaners.mobile(mobile), /^\+86138\d{8}$/)
    assert.match(cleaners.hireDate(hireDate), /^20\d\d-\d\d-\d\d$/)
    const born = cleaners.birthDate(birthDate)
    if (person % 7 === 6) assert.throws(() => cleaners.residentId(residentId), { code: 'CLEAN-VALUE' })
    else assert.ok(bornAsNumbered.holds({ residentId: cleaners.residentId(residentId), birthDate: born }))
  }
  assert.equal(cleaners.displayName(' 欧阳\u3000建国\u200b'), '欧阳建国')
})

test('who is there under two numbers is found, whoever typed it, and nobody else', () => {
  const found = withFirstNumber(people)
  assert.equal(found.length, people.length)
  const firsts = new Map<number, string>()
  for (const { person, employeeNumber } of people) if (!firsts.has(person)) firsts.set(person, employeeNumber)
  const wrong = found.filter(({ employeeNumber, firstNumber }) => {
    const { person } = people.find(each => each.employeeNumber === employeeNumber) ?? { person: 0 }
    return firsts.get(person) !== firstNumber
  })
  assert.deepEqual(wrong, [])
})

test('a count or a sum of the warehouse that is another than the system says is named', () => {
  const issues = [{ of: 'WO-1', entries: 2, sum: 1500 }]
  const none = { postings: [], bills: [], movements: [] }
  const held: WarehouseTotals = {
    ...none,
    issues,
    orders: [],
    events: [],
    hours: [],
    setAside: [],
    twice: [],
  }
  const problems = (said: object[], has: Partial<WarehouseTotals> = {}) =>
    proveWarehouse(
      {
        erp: { totals: { ...none, issues: said } },
        crm: { totals: [] },
        mes: { totals: [] },
        hrm: { totals: [] },
      } as unknown as Truths,
      { ...held, ...has },
    ).problems
  assert.deepEqual(problems(issues), [])
  assert.deepEqual(problems([{ of: 'WO-1', entries: 2, sum: '1500' }]), [])
  assert.deepEqual(problems([{ of: 'WO-1', entries: 2, sum: 1501 }]), [
    'goods issues: the system says entries 2, of WO-1, sum 1501, the warehouse entries 2, of WO-1, sum 1500',
  ])
  assert.match(
    problems([...issues, { of: 'WO-2', entries: 1, sum: 1 }])[0] ?? '',
    /WO-2.*the warehouse nothing/,
  )
  assert.match(problems([])[0] ?? '', /says none, the warehouse entries 2/)
  const doubled = { orders: [{ product: 'PUMP-50', orders: 1, pieces: 2 }] }
  assert.match(problems(issues, doubled)[0] ?? '', /^sales orders: the system says none/)
})

test('the same days before are made each time, busier at the end and on working days', () => {
  const days = pastDays({ days: 365, orders: 1, seed: 1 }, Date.UTC(2026, 10, 30, 20))
  assert.equal(new Date(days.at(-1)?.begin ?? 0).toISOString(), '2026-11-29T16:00:00.000Z')
  assert.equal(days.length, 365)
  const average = days.reduce((sum, { busy }) => sum + busy, 0) / 365
  assert.ok(Math.abs(average - 1) < 0.05, String(average))
  assert.ok((days.at(-1)?.busy ?? 0) > (days.at(-2)?.busy ?? 0))
})
