import { env, flow, landscape, model, system, Type } from 'isthmus'
import { decimal, trim, upperCase } from 'isthmus/clean'
import { files, jsonLines } from 'isthmus/files'
import { sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Weighing = model('Weighing', { version: 1, schema: Type.Object({ no: Text, part: Text, kg: Text }) })
const Part = model('Part', {
  version: 1,
  schema: Type.Object({ weighing: Text, part: Text, kilograms: Text }),
})

const scales = system('scales', { kind: 'mes', connector: files({ folder: env('SCALES', './scales') }) })
const weighed = scales.read('weighed', Weighing, { pattern: '*.jsonl', format: jsonLines(), every: '1s' })

const create = sqlText`create table if not exists parts (weighing text primary key, part text, kilograms text)`
const stock = system('stock', {
  kind: 'erp',
  connector: sql({ url: env('STOCK', './stock.db'), setup: [create] }),
})
const parts = stock.table('parts', Part, { table: 'parts', mode: 'upsert', key: ['weighing'] })

const weighing = flow('weighing')
  .from(weighed)
  .key(w => w.part) // order is kept per part
  .clean({ part: [trim, upperCase], kg: decimal({ scale: 3 }) }) // what cannot be cleaned is parked with its reason
  .map(Part, { weighing: w => w.no, part: w => w.part, kilograms: w => w.kg }) // a missing field does not compile
  .to(parts) // exactly once: the effect key is written in the same transaction

export default landscape({ name: 'first-flow', systems: [scales, stock], flows: [weighing] })
