import { pick } from '../simulated/random.ts'
import type { ErpDatabase } from './database.ts'

const people = ['zhao.lei', 'sun.yan']

/** Somebody of credit control sets the terms of a customer: a random one, if there is any yet. */
export function setTerms(db: ErpDatabase): void {
  db.transaction(() => {
    const customers = db.customers.all()
    if (customers.length === 0) return
    const { number } = pick(customers)
    const terms = {
      creditLimit: 10_000 * Math.ceil(50 * Math.random()),
      paymentDays: pick([14, 30, 45, 60, 90]),
    }
    db.customers.put({ number, ...terms }, pick(people))
  })
}
