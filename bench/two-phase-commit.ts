import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { mariadb } from '../scripts/servers/mariadb.ts'
import { postgres } from '../scripts/servers/postgres.ts'
import { startTestServers } from '../scripts/test-servers.ts'
import { sideBySide } from './connectors/comparison.ts'
import { mariadbDatabase, postgresSchema } from './connectors/sql-databases.ts'
import { median, ratio, rounds, table } from './support/harness.ts'
import { plantDirectory } from './support/plant.ts'
import { bareFiles, bareServers } from './two-phase/bare.ts'
import { movesInEngine } from './two-phase/in-engine.ts'
import { type Mover, makeMove, movesTable } from './two-phase/move.ts'

// A row into each of two databases by a flow: as a transaction (two-phase commit), and by two sinks one after the other
// (one-phase; a crash between them is made good later); and by the drivers alone, which keep nothing. With one message
// at a time and with 32. The sinks write what waits in one transaction, which a transaction of its own each cannot.
const json = process.argv.includes('--json')
const roundsEach = Number(process.env.ROUNDS ?? 5)

interface Pair {
  readonly databases: string
  readonly urls: readonly [string, string]
  bare(): Mover
  close(): Promise<void>
}

const say = (line: string) => process.stderr.write(`${line}\n`)
const servers = await startTestServers(join(import.meta.dirname, '..'), say, [postgres, mariadb])
for (const missing of servers.missing) say(missing)
try {
  const rows = []
  for (const open of servers.missing.length > 0 ? [files] : [onServers, files])
    for (const width of [1, 32]) rows.push(...(await measured(await open(), width, width === 1 ? 40 : 320)))
  console.log(json ? JSON.stringify({ rows }) : table(rows))
} finally {
  await servers.stop()
}

async function measured(pair: Pair, width: number, count: number) {
  const two = await movesInEngine(pair.urls, true)
  const one = await movesInEngine(pair.urls, false)
  const bare = pair.bare()
  const contender = (name: string, { run }: Mover) => ({
    name,
    async run() {
      await sideBySide(width, Array.from({ length: count }, makeMove), run)
      return count
    },
  })
  const contenders = [
    contender('two-phase', two),
    contender('two sinks', one),
    contender('drivers alone', bare),
  ]
  const all = await rounds(contenders, roundsEach)
  const [, sinks, drivers] = all
  if (!sinks || !drivers) throw new Error('no rounds')
  // Those of the first rounds, in which code is compiled, do not count.
  const times = (name: 'a' | 'b') => two.locks[name].slice(count * 2)
  for (const each of [two, one, bare, pair]) await each.close()
  return all.map((each, n) => ({
    databases: pair.databases,
    'in flight': width,
    name: each.name,
    '/s': each.perSecond,
    'cpu us': each.cpuMicroseconds,
    'x two sinks': ratio(each, sinks),
    'x drivers': ratio(each, drivers),
    'locked ms, first': n === 0 ? shown(times('a')) : '',
    'locked ms, second': n === 0 ? shown(times('b')) : '',
  }))
}

/** Median and 99th percentile. */
function shown(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${median(times).toFixed(1)} / ${(sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN).toFixed(1)}`
}

async function onServers(): Promise<Pair> {
  const one = await postgresSchema(servers.env)
  const other = await mariadbDatabase(servers.env)
  await one.pool.query(movesTable)
  await other.pool.query(movesTable)
  return {
    databases: 'PostgreSQL, MariaDB',
    urls: [one.url, other.url],
    bare: () => bareServers(one.pool, other.pool),
    async close() {
      await one.close()
      await other.close()
    },
  }
}

async function files(): Promise<Pair> {
  const folder = plantDirectory()
  const paths = ['a.db', 'b.db'].map(name => join(folder.path, name)) as [string, string]
  for (const path of paths) {
    const database = new DatabaseSync(path)
    database.exec(`pragma journal_mode = wal; ${movesTable}`)
    database.close()
  }
  return {
    databases: 'SQLite, SQLite',
    urls: paths,
    bare: () => bareFiles(paths),
    close: async () => folder.remove(),
  }
}
