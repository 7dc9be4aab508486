import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { postgres } from '../scripts/servers/postgres.ts'
import { startTestServers } from '../scripts/test-servers.ts'
import { Databases } from './scale/database.ts'
import { backlogOf, type Steps, startGrowth } from './scale/growth-plant.ts'
import { embedded, type GrowthStore, onPostgres } from './scale/growth-store.ts'
import { table } from './support/harness.ts'

// What a message costs as a store on PostgreSQL grows: with more messages waiting, more partitions, more flows, more
// steps whose outcome is recorded, and what such steps cost in an embedded store. A member works off a part of what waits, into a sink within
// this process, until the outcomes are recorded; processor time is that of this process and of PostgreSQL.
// Per core: messages for each second of both, against the first row of its kind; the aim is at least 0.75.
// `npm run bench -- scale-growth [--large] [--only backlog|partitions|flows|steps|embedded] [--json]`
const { values } = parseArgs({
  options: {
    large: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const base = { backlog: 40_000, partitions: 16, flows: 1, steps: 'none' as Steps }
const most = Number(process.env.BACKLOG ?? (values.large ? 10_000_000 : 1_000_000))
const plans = {
  backlog: [40_000, 100_000, 1_000_000, 10_000_000].filter(backlog => backlog <= most),
  partitions: [16, 128, 1_024],
  flows: [1, 20, 200],
  steps: ['none', 'recorded', 'recorded twice', 'noted'],
  embedded: ['none', 'recorded', 'recorded twice', 'noted'],
}
/** Of what waits: recorded before it counts, and then. Of many flows all counts, since what is read first waits in memory. */
const windows = { some: { warmUp: 5_000, count: 30_000 }, all: { warmUp: 0, count: base.backlog } }

const say = (line: string) => process.stderr.write(`${line}\n`)
const servers = await startTestServers(join(import.meta.dirname, '..'), say, [postgres])
if (servers.missing.length > 0) throw new Error(servers.missing.join('\n'))
const databases = await Databases.open(servers.env.ISTHMUS_TEST_POSTGRES ?? '')
try {
  say('warming up')
  await measure(await onPostgres(databases, base.partitions), base, windows.all)
  const rows = []
  for (const [kind, sizes] of Object.entries(plans)) {
    if (values.only !== undefined && values.only !== kind) continue
    let first: number | undefined
    for (const size of sizes) {
      say(`${kind}: ${size}`)
      const plan = { ...base, [kind === 'embedded' ? 'steps' : kind]: size }
      const store = await (kind === 'embedded'
        ? embedded(plan.partitions)
        : onPostgres(databases, plan.partitions))
      const part = kind === 'backlog' || kind === 'partitions' ? windows.some : windows.all
      const grown = await measure(store, plan, part)
      const perCore = 1e6 / (grown['own CPU us'] + grown['PostgreSQL CPU us'])
      first ??= perCore
      rows.push({ kind, size, ...grown, 'per core': perCore, 'x first': perCore / first })
    }
  }
  console.log(values.json ? JSON.stringify(rows) : table(rows))
} finally {
  await databases.close()
  await servers.stop()
}

async function measure(
  { store, claim, serverCpu, rest, end }: GrowthStore,
  { backlog, partitions, flows, steps }: typeof base,
  { warmUp, count }: typeof windows.some,
) {
  const cpu = () => ({ own: process.cpuUsage(), postgres: serverCpu() })
  const filling = cpu()
  for (let n = 0; n < backlog; n += 4_000)
    await Promise.all([0, 1, 2, 3].map(i => store.accept(backlogOf(n + i * 1_000, 1_000, flows, partitions))))
  const accepted = costs(filling, cpu(), backlog)
  await rest()

  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  let recorded = 0
  if (warmUp === 0) begun.resolve()
  let [before, began, from] = [cpu(), performance.now(), 0]
  const engine = await startGrowth(store, claim, { flows, steps }, () => {
    recorded++
    if (recorded >= warmUp) begun.resolve()
    if (recorded >= warmUp + count) ended.resolve()
  })
  await begun.promise
  if (warmUp > 0) [before, began, from] = [cpu(), performance.now(), recorded]
  await ended.promise
  const seconds = (performance.now() - began) / 1000
  const worked = recorded - from
  const cost = costs(before, cpu(), worked)
  const unfinished = (await store.read.flows()).flatMap(each => Object.values(each.unfinished))
  if (unfinished.some(messages => messages > 0)) throw new Error('messages have not been delivered')
  await engine.stop()
  const { written, syncs, transactions } = await end()
  const each = (figure?: number) => (warmUp > 0 || figure === undefined ? '' : figure / backlog)
  return {
    'accepted: own us': accepted.own,
    'PostgreSQL us': accepted.postgres,
    'worked off /s': worked / seconds,
    'own CPU us': cost.own,
    'PostgreSQL CPU us': cost.postgres,
    'bytes written': each(written),
    syncs: each(syncs),
    transactions: each(transactions),
  }
}

type Cpu = { readonly own: NodeJS.CpuUsage; readonly postgres: number }

/** Microseconds of processor time for each message. */
function costs(before: Cpu, after: Cpu, messages: number) {
  const own = after.own.user + after.own.system - before.own.user - before.own.system
  return { own: own / messages, postgres: ((after.postgres - before.postgres) * 1e6) / messages }
}
