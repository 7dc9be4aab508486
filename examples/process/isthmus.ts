import { env, flow, landscape, model, read, system, Type } from 'isthmus'
import { files, jsonLines } from 'isthmus/files'
import { program } from 'isthmus/process'

const Text = Type.String()
const Part = model('Part', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Text,
    gtin: Text,
    used: Type.Array(Type.Integer({ description: 'Pieces per month' })),
  }),
})
const Question = model('Question', { version: 1, schema: Type.Object({ used: Type.Array(Type.Integer()) }) })
const Forecast = model('Forecast', { version: 1, schema: Type.Object({ next: Type.Integer() }) })
const Gtin = model('Gtin', { version: 1, schema: Type.Object({ gtin: Text }) })
const Checked = model('Checked', { version: 1, schema: Type.Object({ valid: Type.Boolean() }) })
const Demand = model('Demand', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, next: Type.Integer(), gtinIsValid: Type.Boolean() }),
})

const folder = system('planning', {
  kind: 'files',
  connector: files({ folder: env('PLANNING', './planning') }),
})
const parts = folder.read('parts', Part, {
  folder: 'parts',
  pattern: '*.jsonl',
  format: jsonLines(),
  settle: '0s',
})
const demands = folder.write('demands', Demand, {
  folder: 'demands',
  format: jsonLines(),
  file: ({ no }) => `${no}.jsonl`,
})

// A script of the planners, in Python with pandas: it gets up to 100 parts at once, and computes them together.
const planner = system('planner', {
  kind: 'other',
  connector: program({ command: [env('PYTHON', 'python3'), `${import.meta.dirname}/forecast.py`] }),
})
const forecast = planner.operation('forecast', { request: Question, response: Forecast, effect: read })

// And a class of theirs, in Java.
const checker = system('checker', {
  kind: 'other',
  connector: program({
    command: ['java', '-cp', env('CHECKER', './java/target/*'), 'GtinChecker'],
    memory: 500e6,
  }),
})
const check = checker.operation('check', { request: Gtin, response: Checked, effect: read })

const plan = flow('plan')
  .from(parts)
  .enrich('forecast', forecast, ({ used }) => ({ used }))
  .enrich('checked', check, ({ gtin }) => ({ gtin }))
  .to(demands, {
    no: part => part.no,
    next: part => part.forecast.next,
    gtinIsValid: part => part.checked.valid,
  })

export default landscape({ name: 'process', systems: [folder, planner, checker], flows: [plan] })
