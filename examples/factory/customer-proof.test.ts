import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CrmChange, CrmCustomer } from './crm/database.ts'
import { proveCustomers } from './customer-proof.ts'
import type { ErpCustomer, ErpCustomerChange } from './erp/customers.ts'

const bare: CrmCustomer = { number: 'C1', name: 'A', city: 'X', creditLimit: null, paymentDays: null }
const plain: ErpCustomer = { number: 'C1', name: 'A', city: 'X', creditLimit: 0, paymentDays: 30 }

type InCrm = Partial<CrmCustomer> & { by?: string }
type InErp = Partial<ErpCustomer> & { by?: string }

/** Logs, of which the last entry is what the system holds. */
function problems(crm: InCrm[], erp: InErp[], now: { crm?: InCrm; erp?: InErp } = {}): string {
  const changes = crm.map(({ by = 'wu.fang', ...customer }, index): CrmChange => {
    return { no: index + 1, changedAt: 0, changedBy: by, customer: { ...bare, ...customer } }
  })
  const customerChanges = erp.map(({ by = 'isthmus', ...customer }, index): ErpCustomerChange => {
    return { no: index + 1, changedBy: by, ...plain, ...customer }
  })
  const held = { ...changes.at(-1)?.customer, ...now.crm } as CrmCustomer
  const { no: _, changedBy: __, ...last } = { ...customerChanges.at(-1), ...now.erp } as ErpCustomerChange
  const truth = { customers: [last], customerChanges }
  return proveCustomers({ customers: [held], changes }, truth).problems.join('; ')
}

const terms = { creditLimit: 50_000, paymentDays: 14 }

test('balances when each change of a person was written once to the other side, whatever came between', () => {
  assert.equal(problems([{}], [{}]), '')
  // The terms of the ERP go to the CRM, while a person renames the customer right before and right after.
  const crm = [{}, { name: 'B' }, { name: 'B', ...terms, by: 'isthmus' }, { name: 'C', ...terms }]
  const erp = [{}, { ...terms, by: 'sun.yan' }, { name: 'B', ...terms }, { name: 'C', ...terms }]
  assert.equal(problems(crm, erp), '')
})

test('names whatever is lost, doubled, bounced back, out of order or different', () => {
  assert.match(
    problems([{}, { name: 'B' }], [{}]),
    /C1: people changed it 2 times in the CRM, Isthmus 1 times/,
  )
  assert.match(
    problems([{}], [{}, {}]),
    /C1: people changed it 1 times in the CRM, Isthmus 2 times in the ERP/,
  )
  // What we wrote to the CRM came back to the ERP.
  const echo = [{}, { ...terms, by: 'isthmus' }]
  const erp = [{}, { ...terms, by: 'sun.yan' }]
  assert.equal(problems(echo, erp), '')
  assert.match(problems(echo, [...erp, terms]), /1 times in the CRM, Isthmus 2 times in the ERP/)
  const turned = problems([{}, { city: 'Y' }, { city: 'Z' }], [{}, { city: 'Z' }, { city: 'Y' }])
  assert.match(turned, /"A, Y" in the CRM became "A, Z" in the ERP/)
  assert.match(turned, /CRM and ERP differ in city/)
  assert.match(
    problems([{}], [{}, { ...terms, by: 'sun.yan' }]),
    /1 times in the ERP, Isthmus 0 times in the CRM/,
  )
  assert.match(problems([{}], [{}], { crm: terms }), /differ in credit limit, days of payment/)
  assert.match(
    problems([{}], [{}], { erp: { number: 'C2' } }),
    /C1: is in the CRM only; C2: is in the ERP only/,
  )
})
