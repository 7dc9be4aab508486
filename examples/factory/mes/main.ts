// A simulated MES: node examples/factory/mes/main.ts --port 4801 --data mes.db --webhook URL --rate 20 --seed 1
// The secret that signs its webhooks comes from MES_HOOK_SECRET.
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { startService } from '../simulated/service.ts'
import { MesDatabase } from './database.ts'
import { mesInterface } from './mes.ts'
import { generate } from './traffic.ts'
import { Webhooks } from './webhooks.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4801' },
    data: { type: 'string', default: 'mes.db' },
    webhook: { type: 'string', default: 'http://127.0.0.1:4800/mes/consumptions' },
    rate: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
const db = new MesDatabase(values.data)
const service = await startService(Number(values.port), {
  business: mesInterface(db),
  figures: () => ({ events: db.count, unsent: db.unsentCount, operators: db.operators().length }),
  truth: () => ({ events: db.events(), operators: db.operators() }),
  control: call => pace.control(call),
})
const webhooks = new Webhooks(db, service.faults, values.webhook, process.env.MES_HOOK_SECRET ?? '')
let next = db.count + 1
const pace = new Pace(Number(values.rate), due => {
  const events = Array.from({ length: due }, () => ({
    n: next,
    generated: generate(seed, next++, Date.now()),
  }))
  webhooks.push(db.add(events))
})
announce('MES', service.port)
