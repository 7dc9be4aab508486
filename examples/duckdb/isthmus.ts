import { landscape, model, pipeline, sqlModel, system, Type, table } from 'isthmus'
import { duckdb } from 'isthmus/duckdb'

const Turnover = model('Turnover', {
  version: 1,
  key: 'region',
  schema: Type.Object({ region: Type.String(), amount: Type.String() }),
})

const warehouse = system('dw', {
  kind: 'warehouse',
  connector: duckdb({ file: './data/warehouse.db', memory: '2GB', folders: ['./data/in'] }),
})

const turnover = table(warehouse, 'turnover', Turnover, {
  from: sqlModel`select region, sum(amount) as amount from read_csv('data/in/sales.csv', types = {'amount': 'decimal(18,2)'}) group by region`,
  columns: { amount: 'decimal(18,2)' },
})

export default landscape({
  name: 'figures',
  systems: [warehouse],
  flows: [],
  pipelines: [
    pipeline('turnover', { tables: [turnover], schedule: { cron: '0 5 * * *', zone: 'Asia/Shanghai' } }),
  ],
})
