import { env, flow, idempotent, landscape, model, secret, system, Type } from 'isthmus'
import { mqtt } from 'isthmus/mqtt'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Reading = model('Reading', {
  version: 1,
  schema: Type.Object({ line: Text, machine: Text, celsius: Type.Number(), at: Text }),
})
const Alarm = model('Alarm', { version: 1, schema: Type.Object({ machine: Text, text: Text }) })

const plant = system('plant', {
  kind: 'mes',
  allow: ['loopback', 'private'],
  connector: mqtt({
    url: env('PLANT_MQTT', 'mqtt://127.0.0.1'),
    user: env('PLANT_USER', 'isthmus'),
    password: secret('PLANT_PASSWORD'),
  }),
})
// `plant/3/press-2/temperature` with the payload `{"celsius":81.5,"at":"2026-05-04T12:00:00Z"}`.
const readings = plant.subscribe('readings', Reading, {
  topics: ['plant/+/+/temperature'],
  session: 'isthmus-readings',
  record: (payload, { levels: [line, machine] }) => ({ line, machine, ...(payload as object) }),
  id: ({ machine, at }) => `${machine} ${at}`, // MQTT has no identity: a machine measures once a moment
})
const alarm = plant.publish('alarm', Alarm, {
  topic: ({ machine }) => `alarms/${machine}`,
  retain: true, // who looks later sees the last one
  effect: idempotent, // the last one counts
})

const history = system('history', {
  kind: 'other',
  connector: sql({
    url: env('HISTORY', './history.db'),
    setup: [
      sqlText`create table if not exists readings (machine text, at text, line text, celsius real, primary key (machine, at))`,
    ],
  }),
})
const keep = history.table('keep', Reading, { table: 'readings', mode: 'upsert', key: ['machine', 'at'] })

const recording = flow('recording')
  .from(readings)
  .key(reading => reading.machine)
  .to(keep)
const watching = flow('watching')
  .from(readings)
  .key(reading => reading.machine)
  .filter('hot', reading => reading.celsius > 80)
  .map(Alarm, { machine: r => r.machine, text: r => `${r.celsius} °C at ${r.at}` })
  .to(alarm)

export default landscape({ name: 'mqtt', systems: [plant, history], flows: [recording, watching] })
