// A simulated HRM, people as an LDAP directory: node examples/factory/hrm/main.ts --port 4805 --ldap 4806 --data hrm.db
// The password of cn=isthmus,dc=factory comes from HRM_PASSWORD.
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { jsonReply, startService } from '../simulated/service.ts'
import { HrmDatabase } from './database.ts'
import { startDirectory } from './directory.ts'
import { manage, staff } from './people.ts'
import { closeDay, dropTimesheets } from './timesheets.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4805' },
    ldap: { type: 'string', default: '4806' },
    data: { type: 'string', default: 'hrm.db' },
    /** People who join, leave or change, per second. */
    rate: { type: 'string', default: '0.4' },
    /** Folder for the working time of each day. */
    files: { type: 'string', default: '.' },
    /** Days that end, per second. */
    days: { type: 'string', default: '0.25' },
  },
})
const db = new HrmDatabase(values.data)
staff(db)
const service = await startService(Number(values.port), {
  business: () => jsonReply(404, { error: 'Ask by LDAP.' }),
  figures: () => ({ employees: db.employees().length, timesheets: db.timesheetCount }),
  truth: () => ({ employees: db.employees(), timesheets: db.timesheets(), totals: db.totals() }),
  control(call) {
    days.control(call)
    return pace.control(call)
  },
})
await startDirectory(Number(values.ldap), db, service.faults, process.env.HRM_PASSWORD ?? '')
dropTimesheets(db, values.files)
const pace = new Pace(Number(values.rate), () => manage(db))
const days = new Pace(Number(values.days), () => closeDay(db, values.files))
announce('HRM', service.port)
