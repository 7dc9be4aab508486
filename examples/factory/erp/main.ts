// A simulated ERP with stock, customers and finance: node examples/factory/erp/main.ts --port 4802 --data erp.db
// The password of those who log in comes from ERP_PASSWORD.
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { startService } from '../simulated/service.ts'
import { setTerms } from './credit-control.ts'
import { ErpDatabase } from './database.ts'
import { financeInterface } from './finance.ts'
import { erpSoap, maintenance, wsdl } from './soap.ts'
import { orderTransfer } from './transfers.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4802' },
    data: { type: 'string', default: 'erp.db' },
    /** Customers whose credit terms somebody changes, per second. */
    rate: { type: 'string', default: '0.3' },
    /** Transfers between warehouses that somebody orders, per second. */
    transfers: { type: 'string', default: '2' },
  },
})
const db = new ErpDatabase(values.data)
const soap = await erpSoap(db, process.env.ERP_PASSWORD ?? '')
const finance = financeInterface(db)
const service = await startService(Number(values.port), {
  business(call) {
    if (call.what === 'GET /soap') return { status: 200, type: 'text/xml', body: wsdl }
    return call.what === 'POST /soap' ? soap(call) : finance(call)
  },
  refusal: ({ what }) => (what === 'POST /soap' ? maintenance() : undefined),
  figures: () => ({
    issues: db.count('issues'),
    postings: db.count('postings'),
    customers: db.count('customers'),
    changes: db.count('customer_changes'),
    receivables: db.count('receivables'),
    movements: db.count('movements'),
    bills: db.count('bills'),
    transfers: db.count('transfer_orders'),
    priceChanges: db.priceChanges,
    workingTime: db.count('working_time'),
  }),
  truth: () => db.truth(),
  control(call) {
    transferring.control(call)
    return pace.control(call)
  },
})
const pace = new Pace(Number(values.rate), () => setTerms(db))
const transferring = new Pace(Number(values.transfers), () => orderTransfer(db))
announce('ERP', service.port)
