// A simulated MES: node examples/factory/mes/main.ts --port 4801 --data mes.db --webhook URL --rate 20 --seed 1
// The secret that signs its webhooks comes from MES_HOOK_SECRET, the broker of its sensors from MQTT_URL, MQTT_USER and
// MQTT_PASSWORD: without one they do not measure.
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { startService } from '../simulated/service.ts'
import { MesDatabase } from './database.ts'
import { mesInterface } from './mes.ts'
import { Sensors } from './sensors.ts'
import { generate } from './traffic.ts'
import { Webhooks } from './webhooks.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4801' },
    data: { type: 'string', default: 'mes.db' },
    webhook: { type: 'string', default: 'http://127.0.0.1:4800/mes/consumptions' },
    /** Where it tells of production orders that are finished. */
    finished: { type: 'string', default: 'http://127.0.0.1:4800/mes/finished' },
    rate: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    /** Readings of the sensors per second, and what their topics begin with. */
    readings: { type: 'string', default: '0' },
    topics: { type: 'string', default: 'factory' },
  },
})
const seed = Number(values.seed)
const db = new MesDatabase(values.data)
const service = await startService(Number(values.port), {
  business: mesInterface(db),
  figures: () => ({
    events: db.count,
    unsent: db.unsentCount,
    operators: db.operators().length,
    readings: db.readings().length,
    productionOrders: db.production.count('all'),
    producing: db.production.count('producing'),
  }),
  truth: () => ({
    events: db.events(),
    readings: db.readings(),
    operators: db.operators(),
    productionOrders: db.production.all(),
    totals: db.totals(),
  }),
  control(call) {
    measuring?.control(call)
    return pace.control(call)
  },
})
const secret = process.env.MES_HOOK_SECRET ?? ''
const webhooks = new Webhooks(db, service.faults, values.webhook, secret)
const finished = new Webhooks(db.production, service.faults, values.finished, secret)
setInterval(() => finished.push(db.production.finish(Date.now())), 100)
let next = db.count + 1
const pace = new Pace(Number(values.rate), due => {
  const events = Array.from({ length: due }, () => ({
    n: next,
    generated: generate(seed, next++, Date.now()),
  }))
  webhooks.push(db.add(events))
})
const sensors = sensorsOf(process.env)
const measuring = sensors && new Pace(Number(values.readings), () => sensors.measure())
announce('MES', service.port)

function sensorsOf({ MQTT_URL, MQTT_USER, MQTT_PASSWORD }: NodeJS.ProcessEnv): Sensors | undefined {
  if (!MQTT_URL || Number(values.readings) === 0) return undefined
  const login = MQTT_USER ? { username: MQTT_USER, password: MQTT_PASSWORD } : {}
  return new Sensors(db, MQTT_URL, login, values.topics)
}
