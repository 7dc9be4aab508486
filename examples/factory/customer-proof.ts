import type { CrmTruth } from './crm/database.ts'
import type { ErpTruth } from './erp/database.ts'

export interface CustomerProof {
  readonly customers: number
  /** Entries of the logs: what people have changed, and what Isthmus has. */
  readonly crm: Changes
  readonly erp: Changes
  readonly problems: readonly string[]
}

export interface Changes {
  readonly byPeople: number
  readonly byIsthmus: number
}

/** What is compared of a customer, as a text that says it. */
interface Said {
  readonly number: string
  readonly changedBy: string
  readonly says: string
}

type CustomersOfErp = Pick<ErpTruth, 'customers' | 'customerChanges'>
type CustomersOfCrm = Pick<CrmTruth, 'customers' | 'changes'>

/**
 * Compares item by item the customers of CRM and ERP, and their logs: what people changed in one system, Isthmus must
 * have written into the other, each change once and in the same order, and nothing else. So no change was lost, and
 * none came back.
 */
export function proveCustomers(crm: CustomersOfCrm, erp: CustomersOfErp): CustomerProof {
  const crmLog = crm.changes.map(({ changedBy, customer }) => ({ changedBy, ...customer }))
  const names = (change: (typeof crmLog | typeof erp.customerChanges)[number]): Said => ({
    ...change,
    says: `${change.name}, ${change.city}`,
  })
  const terms = (change: (typeof crmLog | typeof erp.customerChanges)[number]): Said => ({
    ...change,
    says: `CNY ${change.creditLimit}, ${change.paymentDays} days`,
  })
  const problems = [
    ...compare('CRM', crmLog.map(names), 'ERP', erp.customerChanges.map(names)),
    ...compare('ERP', erp.customerChanges.map(terms), 'CRM', crmLog.map(terms)),
    ...stateProblems(crm, erp),
  ]
  const { customers } = crm
  return { customers: customers.length, crm: count(crmLog), erp: count(erp.customerChanges), problems }
}

/** People's changes of the one log with ours of the other. */
function compare(from: string, there: readonly Said[], to: string, here: readonly Said[]): string[] {
  const made = byCustomer(there.filter(({ changedBy }) => changedBy !== us))
  const written = byCustomer(here.filter(({ changedBy }) => changedBy === us))
  return [...new Set([...made.keys(), ...written.keys()])].flatMap(number => {
    const [ours, theirs] = [written.get(number) ?? [], made.get(number) ?? []]
    if (ours.length !== theirs.length)
      return [
        `${number}: people changed it ${theirs.length} times in the ${from}, Isthmus ${ours.length} times in the ${to}`,
      ]
    const at = theirs.findIndex((said, index) => said !== ours[index])
    return at < 0 ? [] : [`${number}: "${theirs[at]}" in the ${from} became "${ours[at]}" in the ${to}`]
  })
}

/** What the systems hold now. Terms that nobody of the ERP has set are not in the CRM. */
function stateProblems(crm: CustomersOfCrm, erp: CustomersOfErp): string[] {
  const held = new Map(erp.customers.map(customer => [customer.number, customer]))
  const set = new Set(
    erp.customerChanges.filter(({ changedBy }) => changedBy !== us).map(each => each.number),
  )
  const problems = crm.customers.flatMap(({ number, name, city, creditLimit, paymentDays }) => {
    const other = held.get(number)
    held.delete(number)
    if (!other) return [`${number}: is in the CRM only`]
    const [limit, days] = set.has(number) ? [other.creditLimit, other.paymentDays] : [null, null]
    const differ = [
      name !== other.name && 'name',
      city !== other.city && 'city',
      creditLimit !== limit && 'credit limit',
      paymentDays !== days && 'days of payment',
    ].filter(Boolean)
    return differ.length > 0 ? [`${number}: CRM and ERP differ in ${differ.join(', ')}`] : []
  })
  return [...problems, ...[...held.keys()].map(number => `${number}: is in the ERP only`)]
}

/** As the logs know Isthmus. */
const us = 'isthmus'

function byCustomer(said: readonly Said[]): Map<string, string[]> {
  const groups = Map.groupBy(said, ({ number }) => number)
  return new Map([...groups].map(([number, all]) => [number, all.map(({ says }) => says)]))
}

function count(log: readonly { readonly changedBy: string }[]): Changes {
  const byIsthmus = log.filter(({ changedBy }) => changedBy === us).length
  return { byPeople: log.length - byIsthmus, byIsthmus }
}
