// A simulated HRM, people as an LDAP directory: node examples/factory/hrm/main.ts --port 4805 --ldap 4806 --data hrm.db
// The password of cn=isthmus,dc=factory comes from HRM_PASSWORD.
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { jsonReply, startService } from '../simulated/service.ts'
import { HrmDatabase } from './database.ts'
import { startDirectory } from './directory.ts'
import { manage } from './people.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4805' },
    ldap: { type: 'string', default: '4806' },
    data: { type: 'string', default: 'hrm.db' },
    /** People who join, leave or change, per second. */
    rate: { type: 'string', default: '0.4' },
  },
})
const db = new HrmDatabase(values.data)
while (db.employees().length < 12) manage(db)
const service = await startService(Number(values.port), {
  business: () => jsonReply(404, { error: 'Ask by LDAP.' }),
  figures: () => ({ employees: db.employees().length }),
  truth: () => ({ employees: db.employees() }),
  control: call => pace.control(call),
})
await startDirectory(Number(values.ldap), db, service.faults, process.env.HRM_PASSWORD ?? '')
const pace = new Pace(Number(values.rate), () => manage(db))
announce('HRM', service.port)
