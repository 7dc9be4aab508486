// A simulated CRM: node examples/factory/crm/main.ts --port 4804 --data crm.db
// The token of those who change something comes from CRM_TOKEN.
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { startService } from '../simulated/service.ts'
import { crmInterface } from './crm.ts'
import { CrmDatabase } from './database.ts'
import { sell, win } from './sales.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4804' },
    data: { type: 'string', default: 'crm.db' },
    /** Customers that somebody makes or changes, per second. */
    rate: { type: 'string', default: '0.5' },
    /** Orders that somebody wins, per second. */
    orders: { type: 'string', default: '2' },
  },
})
const db = new CrmDatabase(values.data)
while (db.count('customers') < 8) sell(db)
const service = await startService(Number(values.port), {
  business: crmInterface(db, process.env.CRM_TOKEN ?? ''),
  figures: () => ({
    customers: db.count('customers'),
    changes: db.count('changes'),
    orders: db.count('orders'),
  }),
  truth: () => ({
    customers: db.customers(),
    changes: db.changes(),
    orders: db.orders(),
    totals: db.totals(),
  }),
  control(call) {
    winning.control(call)
    return pace.control(call)
  },
})
const pace = new Pace(Number(values.rate), () => sell(db))
const winning = new Pace(Number(values.orders), () => win(db))
announce('CRM', service.port)
