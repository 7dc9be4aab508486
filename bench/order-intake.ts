import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../scripts/servers/kept.ts'
import { startTestServers } from '../scripts/test-servers.ts'
import { median, table } from './support/harness.ts'
import { plantDirectory } from './support/plant.ts'

// examples/order-intake against two hand-written scripts on the same PostgreSQL, in turns: (a) inserts directly, (b)
// writes to SQLite with group commit and inserts in batches. Accepted: until the last positive answer; end to end:
// until the last order is in PostgreSQL. CPU and memory are those of the server process alone.
const root = join(import.meta.dirname, '..')
const contenders = [
  { name: 'isthmus', args: [join(root, 'src/cli/main.ts'), 'start', join(root, 'examples/order-intake')] },
  { name: '(a) direct', args: [join(root, 'bench/order-intake/direct.ts')] },
  { name: '(b) journalled', args: [join(root, 'bench/order-intake/journalled.ts')] },
]
const levels = [1, 16, 64]
const roundsEach = Number(process.env.ROUNDS ?? 3)

interface Run {
  readonly accepted: number
  readonly endToEnd: number
  readonly p50: number
  readonly p99: number
  readonly cpu: number
  readonly memory: number
}

/** `startUp`: seconds from the start of the load's process to its first request. */
interface Load {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly startUp: number
}

const servers = await startTestServers(root, text => process.stderr.write(`${text}\n`))
const url = servers.env.ISTHMUS_TEST_POSTGRES
if (url === undefined) throw new Error(servers.missing.join('; '))
try {
  const rows = []
  for (const connections of levels) {
    const count = connections === 1 ? 1_500 : 10_000
    const runs = contenders.map((): Run[] => [])
    for (let round = 0; round <= roundsEach; round++)
      for (const [n, contender] of contenders.entries()) {
        const run = await measure(contender.args, connections, round === 0 ? 500 : count)
        if (round > 0) runs[n]?.push(run)
      }
    rows.push(...rowsOf(connections, runs))
  }
  console.log(process.argv.includes('--json') ? JSON.stringify(rows) : table(rows))
} finally {
  await servers.stop()
}

function rowsOf(connections: number, runs: readonly (readonly Run[])[]) {
  const of = (n: number, figure: keyof Run) => median((runs[n] ?? []).map(run => run[figure]))
  return contenders.map(({ name }, n) => ({
    connections,
    name,
    'accepted /s': of(n, 'accepted'),
    'end to end /s': of(n, 'endToEnd'),
    'p50 ms': of(n, 'p50'),
    'p99 ms': of(n, 'p99'),
    'cpu s per 10,000': of(n, 'cpu'),
    'peak MB': of(n, 'memory'),
    'accepted x (a)': of(n, 'accepted') / of(1, 'accepted'),
    'end to end x (a)': of(n, 'endToEnd') / of(1, 'endToEnd'),
    'accepted x (b)': of(n, 'accepted') / of(2, 'accepted'),
    'end to end x (b)': of(n, 'endToEnd') / of(2, 'endToEnd'),
  }))
}

async function measure(args: readonly string[], connections: number, count: number): Promise<Run> {
  const directory = plantDirectory()
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  await db.query('drop table if exists orders; drop table if exists isthmus_effects')
  const port = await freePort()
  const server = spawn(process.execPath, args, {
    env: { ...process.env, ORDERS_DB: url, PORT: String(port), ISTHMUS_DATA: directory.path },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    await reachable(port, server)
    const before = usage(server)
    const began = performance.now()
    const load = await post(`http://127.0.0.1:${port}`, connections, count)
    while ((await rowsIn(db)) < count) await new Promise(resolve => setTimeout(resolve, 5))
    const seconds = (performance.now() - began) / 1000
    const after = usage(server)
    return {
      accepted: load.perSecond,
      endToEnd: count / (seconds - load.startUp),
      p50: load.p50,
      p99: load.p99,
      cpu: ((after.cpu - before.cpu) / count) * 10_000,
      memory: after.memory,
    }
  } finally {
    server.kill('SIGKILL')
    await db.end()
    directory.remove()
  }
}

async function post(target: string, connections: number, count: number): Promise<Load> {
  const args = [join(root, 'bench/order-intake/load.ts'), target, String(connections), String(count), 'SO']
  const load = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  load.stdout.on('data', chunk => {
    printed += chunk
  })
  await once(load, 'close')
  return JSON.parse(printed)
}

async function rowsIn(db: pg.Client): Promise<number> {
  const { rows } = await db.query('select count(*)::int as n from orders')
  return rows[0].n
}

/** Processor seconds and peak memory in MB so far, as the Linux kernel counts them. */
function usage({ pid }: ChildProcess): { cpu: number; memory: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(peak?.[1]) / 1024 }
}

async function reachable(port: number, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    try {
      await fetch(`http://127.0.0.1:${port}/`)
      return
    } catch {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  throw new Error('the server has not started')
}
