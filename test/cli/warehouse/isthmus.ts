import { env, landscape, model, pipeline, sqlModel, system, Type, table } from 'isthmus'
import { duckdb } from 'isthmus/duckdb'

// A landscape for tests: a warehouse in one file, with a table that a query makes.
const Sale = model('Sale', {
  version: 1,
  schema: Type.Object({ no: Type.Integer(), what: Type.String(), amount: Type.String() }),
})

const warehouse = system('dw', { kind: 'warehouse', connector: duckdb({ file: env('WAREHOUSE') }) })

const sales = table(warehouse, 'sales', Sale, {
  from: sqlModel`select i as no, 'it''s, "' || i as what, i * 0.10 as amount from generate_series(1, 3000) as s (i)`,
  columns: { amount: 'decimal(18,2)' },
})

export const sold = pipeline('sold', { tables: [sales] })

export default landscape({ name: 'warehouse', systems: [warehouse], flows: [], pipelines: [sold] })
