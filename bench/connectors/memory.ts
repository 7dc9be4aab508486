import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { flow, type SourceChannel, system } from 'isthmus'
import { sql } from 'isthmus/sql'
import type { Servers } from './comparison.ts'
import { Order } from './orders.ts'
import { processEnds, runFlow } from './runtime.ts'
import { createTable, generated, postgresSchema } from './sql-databases.ts'

// A million rows through a source into a sink that counts them, in an engine over an SQLite store, each source in a
// process of its own: its peak memory after a tenth of the rows and after all of them. Speed is not measured here.
const rows = Number(process.env.MEMORY_ROWS ?? 1_000_000)
const kinds = ['changes', 'capture'] as const
type Kind = (typeof kinds)[number]

interface Peaks {
  /** In MB. */
  readonly early: number
  readonly late: number
}

export async function memory(servers: Servers) {
  const { url, schema, pool, close } = await postgresSchema(servers)
  try {
    await pool.query(createTable('orders', ', changed timestamptz'))
    await pool.query('create index on orders (changed, no)')
    await pool.query(`create publication ${schema} for table orders`)
    await pool.query(`select pg_create_logical_replication_slot('${schema}', 'pgoutput')`)
    const some = rows / 100
    for (let n = 0; n < rows; n += some)
      await pool.query(
        `insert into orders select *, now() - interval '1 hour' + make_interval(secs => ${n / some}) from (${generated(n, some)}) as rows`,
      )
    const peaks = await Promise.all(kinds.map(kind => inNewProcess(kind, url, schema)))
    await pool.query(`select pg_drop_replication_slot('${schema}')`)
    return kinds.map((kind, n) => {
      const { early, late } = peaks[n] as Peaks
      return {
        source: `sql ${kind}`,
        rows,
        'peak MB at a tenth': early,
        'peak MB at the end': late,
        ratio: late / early,
      }
    })
  } finally {
    await close()
  }
}

async function inNewProcess(kind: Kind, url: string, schema: string): Promise<Peaks> {
  const args = [import.meta.filename, kind, url, schema]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', chunk => {
    printed += chunk
  })
  await once(child, 'close')
  return JSON.parse(printed)
}

async function readAll(kind: Kind, url: string, schema: string): Promise<Peaks> {
  const target = system('db', { kind: 'erp', connector: sql({ url }) })
  const cursor = { time: 'changed', key: 'no' }
  const channel =
    kind === 'changes'
      ? target.changes('orders', Order, { table: 'orders', cursor, every: '1h' })
      : target.capture('orders', Order, { table: 'orders', slot: schema, publication: schema })
  const { ends, counted } = processEnds()
  const running = await runFlow([ends, target], () =>
    flow('measured')
      .from(channel as SourceChannel<unknown>)
      .to(counted),
  )
  const peak = () => process.resourceUsage().maxRSS / 1024
  await running.ended(rows / 10)
  const early = peak()
  await running.ended(rows)
  const late = peak()
  await running.stop()
  return { early, late }
}

if (import.meta.main) {
  const [, , kind, url = '', schema = ''] = process.argv
  console.log(JSON.stringify(await readAll(kind as Kind, url, schema)))
}
