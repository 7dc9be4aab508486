import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kafka } from '../scripts/servers/kafka.ts'
import { postgres } from '../scripts/servers/postgres.ts'
import { redis } from '../scripts/servers/redis.ts'
import { startTestServers } from '../scripts/test-servers.ts'
import { type Contender, contenders } from './scale/contenders.ts'
import { Databases } from './scale/database.ts'
import { redisProcess } from './scale/redis-process.ts'
import { type Ground, type Run, roundTrips, run } from './scale/run.ts'
import { startedHere } from './scale/usage.ts'
import { median, table } from './support/harness.ts'

// examples/order-intake in its shapes, and the same work with job queues (bench/scale/queues), in turns: orders come by HTTP
// over 64 connections unless said, are answered when they are durable, and upserted into a table of PostgreSQL. End to end: until the
// last is a row. Processor time is that of all processes of a contender, and that of the servers, by the kernel's count. Round trips are counted
// in a run of their own.
// `npm run bench -- scale [--only NAME] [--workers 1,2,4] [--connections N] [--json]`
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    workers: { type: 'string', default: '1,2,4' },
    connections: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(process.env.COUNT ?? 20_000)
const roundsEach = Number(process.env.ROUNDS ?? 3)
const wanted = values.only?.split(',')
const wants = (name: string) => wanted === undefined || wanted.includes(name)
const entries = contenders
  .filter(({ name }) => wants(name))
  .flatMap(contender =>
    (contender.scales ? values.workers.split(',').map(Number) : [1]).map(workers => ({ contender, workers })),
  )

const endToEnd = (run: Run) => run.endToEnd
const all = (run: Run) => run.own + run.postgres + run.others

const say = (line: string) => process.stderr.write(`${line}\n`)
const servers = await startTestServers(join(import.meta.dirname, '..'), say, [
  postgres,
  ...(wants('bullmq') ? [redis] : []),
  ...(wants('isthmus on Kafka') ? [kafka] : []),
])
try {
  if (servers.missing.length > 0) throw new Error(servers.missing.join('\n'))
  const ground = await groundOf(servers.env)
  const rows = await measure(ground).finally(() => ground.databases.close())
  console.log(values.json ? JSON.stringify(rows) : table(rows))
} finally {
  await servers.stop()
}

async function groundOf(env: Readonly<Record<string, string>>): Promise<Ground> {
  const {
    ISTHMUS_TEST_POSTGRES: url = '',
    ISTHMUS_TEST_REDIS: redisUrl = '',
    ISTHMUS_TEST_KAFKA: kafkaUrl,
  } = env
  const databases = await Databases.open(url)
  const server = await databases.server()
  return {
    databases,
    redis: redisUrl,
    kafka: kafkaUrl === undefined ? '' : new URL(kafkaUrl).host,
    postgres: server === undefined ? [] : [server],
    others: [...(redisUrl === '' ? [] : [await redisProcess(redisUrl)]), ...startedHere('java')],
    connections: Number(values.connections),
  }
}

async function measure(ground: Ground) {
  const runs = entries.map((): Run[] => [])
  for (let round = 0; round < roundsEach; round++)
    for (const [n, { contender, workers }] of entries.entries()) {
      say(`round ${round + 1}: ${contender.name}, ${workers}`)
      runs[n]?.push(await run(contender, workers, count, ground))
    }
  const asked = entries.map((): number | undefined => undefined)
  for (const [n, { contender, workers }] of entries.entries()) {
    if (!contender.inPostgres) continue
    say(`round trips: ${contender.name}, ${workers}`)
    asked[n] = await roundTrips(contender, workers, count, ground)
  }
  const of = (n: number, figure: (run: Run) => number) => median((runs[n] ?? []).map(figure))
  const best = Math.max(...entries.map(({ contender }, n) => (contender.baseline ? of(n, endToEnd) : 0)))
  return entries.map(({ contender, workers }, n) => rowOf(contender, workers, best, asked[n], f => of(n, f)))
}

function rowOf(
  contender: Contender,
  workers: number,
  best: number,
  asked: number | undefined,
  of: (f: (run: Run) => number) => number,
) {
  const per10000 = (f: (run: Run) => number) => (of(f) / count) * 10_000
  return {
    contender: contender.name,
    workers,
    'accepted /s': of(run => run.accepted),
    'end to end /s': of(endToEnd),
    'p99 ms': of(run => run.p99),
    'own CPU s per 10,000': per10000(run => run.own),
    'PostgreSQL CPU s per 10,000': per10000(run => run.postgres),
    'other servers CPU s per 10,000': per10000(run => run.others),
    'messages per CPU s': count / of(all),
    'round trips per message': asked === undefined ? '' : asked / count,
    'log bytes per message': of(run => run.logBytes) / count,
    'x best queue in PostgreSQL': best === 0 ? '' : of(endToEnd) / best,
  }
}
