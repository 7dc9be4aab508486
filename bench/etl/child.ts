import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { landscape, model, pipeline, type SqlModel, sqlModel, system, Type, table } from 'isthmus'
import { duckdb } from 'isthmus/duckdb'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { Rows } from '../../src/engine/pipelines/rows.ts'
import { stageColumns } from '../../src/engine/pipelines/sql/stage-columns.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { fileRows, linesOf, piecesOf, Sale, saleRows } from './rows.ts'
import { customersQuery, salesQuery, totalsQuery, typedQuery } from './script.ts'

// One way through the work in a process of its own, so that its peak memory is its own. The arguments are the way, the
// file of sales, that of customers, and the memory limit of DuckDB.
export interface Reading {
  readonly seconds: number
  /** Processor time of all threads, in seconds, without the start of the process. */
  readonly cpu: number
  /** Of memory, in MB. */
  readonly peak: number
  /** The sum of all amounts: the same for everybody. */
  readonly sum: string
}

const [, , way = '', sales = '', customers = '', memory = '1GB'] = process.argv
const folder = dirname(sales)

async function alone(): Promise<string> {
  const file = join(folder, `${way}-${process.pid}.db`)
  const instance = await DuckDBInstance.create(file, {
    memory_limit: memory,
    temp_directory: `${file}.tmp`,
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  await connection.run('begin transaction')
  await connection.run(`create table customers as ${customersQuery(customers)}`)
  await connection.run(`create table sales as ${salesQuery(sales)}`)
  await connection.run(`create table totals as ${totalsQuery('sales', 'customers')}`)
  await connection.run('commit')
  const [[sum] = []] = (await connection.runAndReadAll('select sum(amount) from totals')).getRowsJson()
  connection.closeSync()
  instance.closeSync()
  return String(sum)
}

const Customer = model('Customer', {
  version: 1,
  key: 'id',
  schema: Type.Object({ id: Type.String(), region: Type.String() }),
})
const Total = model('Total', {
  version: 1,
  schema: Type.Object({
    region: Type.String(),
    day: Type.String({ format: 'date' }),
    sales: Type.Integer(),
    pieces: Type.Integer(),
    amount: Type.String(),
  }),
})

/** A query that stands in no template, since its text is shared. */
const query = (text: string): SqlModel => sqlModel(Object.assign([text], { raw: [text] }))

async function byPipeline(source: 'sql' | 'lines' | 'files'): Promise<string> {
  const file = join(folder, `${way}-${process.pid}.db`)
  const dw = system('dw', { kind: 'warehouse', connector: duckdb({ file, memory, folders: [folder] }) })
  const shop = system('shop', { kind: 'erp', connector: linesOf(sales) })
  const known = table(dw, 'customers', Customer, { from: query(customersQuery(customers)) })
  const once = { load: { upsert: ['no'], newest: 'changed' }, columns: { price: 'decimal(18,2)' } } as const
  const read = source === 'files' ? fileRows(sales) : { shop, rows: saleRows(shop.lines) }
  const sold =
    source !== 'sql'
      ? table(dw, 'sales', Sale, { from: read.rows, ...once })
      : table(dw, 'sales', Sale, { from: query(typedQuery(sales)), ...once })
  const [before = '', between = '', after = ''] = totalsQuery('#', '#').split('#')
  const totals = table(dw, 'totals', Total, {
    from: sqlModel(Object.assign([before, between, after], { raw: [before, between, after] }), sold, known),
    columns: { amount: 'decimal(38,2)' },
  })
  const night = pipeline('night', { tables: [known, sold, totals] })
  const store = memoryStore()
  const engine = await startEngine({
    landscape: landscape({ name: 'bench', systems: [dw, read.shop], flows: [], pipelines: [night] }),
    store,
    claim: await store.claim('bench'),
    host: realHost(),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => console.error(error),
    watch: () => {},
  })
  const key = await engine.pipelines.order('night', { by: 'bench', why: 'measured' })
  for (;;) {
    const state = await engine.pipelines.state('night', key)
    if (state?.failure) throw new Error(JSON.stringify(state.failure))
    if (state && state.status !== 'running') break
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const connection = await dw.connector.connect(connectContext({ system: 'dw' }))
  const rows = connection
    .warehouse?.()
    .query('select sum(amount) as sum from totals', new AbortController().signal)
  const [row] = (await Array.fromAsync(rows ?? [])).flat()
  await connection.close()
  await engine.stop()
  return String(row?.sum)
}

/** The typed steps alone, from the bytes of the file to the cells of the columns: nothing is written. */
async function steps(): Promise<string> {
  const shop = system('shop', { kind: 'erp', connector: linesOf(sales) })
  const dw = system('dw', { kind: 'warehouse', connector: duckdb({ file: ':memory:' }) })
  const extraction = saleRows(shop.lines)
  const sold = table(dw, 'sales', Sale, { from: extraction, columns: { price: 'decimal(18,2)' } })
  const columns = stageColumns(sold)
  const rows = new Rows(sold, extraction, columns, { keepsZero: true }, ({ reason }) => {
    throw new Error(reason)
  })
  const pieces = columns.findIndex(({ name }) => name === 'pieces')
  let sum = 0
  for await (const lines of piecesOf(sales))
    for (const cells of rows.through(lines)) sum += Number(cells[pieces])
  rows.end()
  return `${rows.read} rows, ${sum} pieces`
}

const before = process.cpuUsage()
const began = performance.now()
const ways = {
  duckdb: alone,
  pipeline: () => byPipeline('sql'),
  rows: () => byPipeline('lines'),
  files: () => byPipeline('files'),
  steps,
}
const sum = await ways[way as keyof typeof ways]()
const seconds = (performance.now() - began) / 1000
const { user, system: kernel } = process.cpuUsage(before)
const peak = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify({ seconds, cpu: (user + kernel) / 1e6, peak, sum } satisfies Reading))
process.exit()
