// A simulated MES: node examples/factory/mes/main.ts --port 4801 --data mes.db --webhook URL --rate 20 --seed 1
// The secret that signs its webhooks comes from MES_HOOK_SECRET.
import { parseArgs } from 'node:util'
import { announce } from '../simulated/program.ts'
import { type Call, startService } from '../simulated/service.ts'
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
/** Events per second. */
let rate = Number(values.rate)

const db = new MesDatabase(values.data)
const service = await startService(Number(values.port), {
  business: mesInterface(db),
  truth: () => db.truth(),
  control: traffic,
})
const webhooks = new Webhooks(db, service.faults, values.webhook, process.env.MES_HOOK_SECRET ?? '')
produce()
announce('MES', service.port)

/** `POST /traffic {rate}` changes the rate; `GET /traffic` tells it, and how many events are not sent yet. */
function traffic({ what, body }: Call): unknown {
  if (what === 'POST /traffic') rate = Number((JSON.parse(body) as { rate: number }).rate)
  else if (what !== 'GET /traffic') return undefined
  return { rate, events: db.count, unsent: db.unsentCount }
}

function produce(): void {
  let next = db.count + 1
  let due = 0
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    due += (rate * (now - last)) / 1000
    last = now
    const events = []
    for (; due >= 1; due--, next++) events.push({ n: next, generated: generate(seed, next, Date.now()) })
    if (events.length > 0) webhooks.push(db.add(events))
  }, 50)
}
