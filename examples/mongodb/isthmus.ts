import { env, flow, landscape, model, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { mongodb } from 'isthmus/mongodb'

const Text = Type.String()
const Reading = model('Reading', {
  version: 1,
  schema: Type.Object({ machine: Text, at: Text, kilograms: Text }),
})
const Machine = model('Machine', { version: 1, schema: Type.Object({ _id: Text, hall: Text }) })
const Weight = model('Weight', {
  version: 1,
  schema: Type.Object({ machine: Text, hall: Text, at: Text, kilograms: Text }),
})

const scales = system('scales', { kind: 'mes', connector: files({ folder: env('SCALES', './scales') }) })
const measured = scales.read('measured', Reading, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })

const plant = system('plant', {
  kind: 'mes',
  allow: ['loopback'], // a server on this machine, to try it
  connector: mongodb({ url: env('PLANT_DB', 'mongodb://127.0.0.1:27017/plant') }),
})
const machine = plant.find('machine', {
  collection: 'machines',
  request: Reading,
  response: Machine,
  filter: reading => ({ _id: reading.machine }),
  one: true,
})
const latest = plant.collection('latest', Weight, {
  collection: 'latest', // db.latest.createIndex({ machine: 1 }, { unique: true })
  mode: 'upsert',
  key: ['machine'],
  types: { at: 'date', kilograms: 'decimal' }, // 12.50 keeps its zero
})
const history = plant.collection('history', Weight, {
  collection: 'history',
  mode: 'insert',
  types: { at: 'date', kilograms: 'decimal' },
})

const weights = flow('weights')
  .from(measured)
  .key(reading => reading.machine)
  .enrich('place', machine, reading => reading)
  .map(Weight, {
    machine: r => r.machine,
    hall: r => r.place.hall,
    at: r => r.at,
    kilograms: r => r.kilograms,
  })
  .to(latest)
  .to(history)

const replaced = plant.changes('replaced', Machine, { collection: 'machines' })
const list = scales.write('list', Machine, {
  folder: 'machines',
  format: jsonLines(),
  file: m => `${m._id}.jsonl`,
})
const machines = flow('machines')
  .from(replaced)
  .key(each => each._id)
  .to(list)

export default landscape({ name: 'mongodb', systems: [scales, plant], flows: [weights, machines] })
