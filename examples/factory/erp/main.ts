// A simulated ERP with stock and finance: node examples/factory/erp/main.ts --port 4802 --data erp.db
import { parseArgs } from 'node:util'
import { announce } from '../simulated/program.ts'
import { startService } from '../simulated/service.ts'
import { ErpDatabase } from './database.ts'
import { erpInterface } from './erp.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '4802' }, data: { type: 'string', default: 'erp.db' } },
})
const db = new ErpDatabase(values.data)
const service = await startService(Number(values.port), {
  business: erpInterface(db),
  truth: () => db.truth(),
  control: ({ what }) =>
    what === 'GET /books' ? { issues: db.count('issues'), postings: db.count('postings') } : undefined,
})
announce('ERP', service.port)
