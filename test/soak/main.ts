import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { killAtEveryChange } from '../recovery/sqlite-kill.ts'
import { soakCluster } from './cluster.ts'
import { testAgainstDirectus } from './directus.ts'
import { soakFactory } from './factory.ts'
import { filesMillionRows } from './files-million-rows.ts'
import { soakMembers } from './members.ts'
import { soakPipelines } from './pipelines.ts'
import { soakPostgresUnreachable, soakPostgresVersions } from './postgres.ts'
import { loseQuorum } from './rabbitmq-quorum.ts'
import { soakAttendedSagas, soakSagas, soakSharing, soakSimulation, soakTransactions } from './simulation.ts'
import { soakStoreCopy } from './store-copy.ts'
import { soakTwoPhase } from './two-phase.ts'

/**
 * Long runs that `npm test` has no time for.
 * `npm run soak -- simulation [--seeds N] [--first N]`: simulates N seeds (20,000 unless said) from the first on;
 * with `--seed N [--trace]` one seed, with everything that happened.
 * `npm run soak -- sagas [--seeds N] [--first N]`, `attended-sagas` and `transactions`: the same for sagas, for those that
 * people pause and take over, and for transactions over several databases; `sharing`: for members of one store that come and go.
 * `npm run soak -- factory [--seconds N]`: the factory under chaos in its three shapes, each for N seconds (200 unless said).
 * `npm run soak -- files`: files of a million rows in every format, in flat memory.
 * `npm run soak -- directus`: REST and GraphQL against Directus, which it installs first (700 MB, some minutes).
 * `npm run soak -- kafka`: members of a group are stopped and believed dead, and brokers killed, again and again; and, if
 * `ISTHMUS_TEST_POSTGRES` says one, members of a store behind a transport.
 * `npm run soak -- rabbitmq`: a quorum queue of three nodes loses its quorum and gets it back.
 * `npm run soak -- kills`: a process is killed at every change that it makes to its store, one after the other.
 * `npm run soak -- members [--members N] [--partitions N] [--seeds N]`: what happens to N members of a store (1,000 over 1,024
 * partitions unless said) under virtual time, with one seed unless more are said.
 * `npm run soak -- cluster [--minutes N] [--first SEED]`: members of a store are killed, stopped and cut off for N minutes (10
 * unless said), and a million messages (`--messages N`) wait behind a target that is locked. Needs root on Linux.
 * `npm run soak -- two-phase [--transactions N] [--first-database NAME] [--point TEXT]`: processes are killed amid two-phase
 * commit over PostgreSQL and MariaDB, until N transactions (1,000 unless said) stood at each point (or at that one), either
 * database first (or that one).
 * `npm run soak -- pipelines [--rows N]`: a run is killed at every point, over DuckDB and, if `ISTHMUS_TEST_POSTGRES` says
 * one, PostgreSQL; then N rows (3,000,000 unless said) are loaded into DuckDB, and 50,000 that were set aside are repaired.
 * `npm run soak -- store-copy [--messages N]`: a store of N messages (2,000,000 unless said) is moved to PostgreSQL, if
 * `ISTHMUS_TEST_POSTGRES` says one, and back.
 * `npm run soak -- postgres-versions`: the whole suite of stores against PostgreSQL 14 to 18, which are installed first (300 MB).
 * `npm run soak -- postgres-unreachable [--minutes N]`: PostgreSQL, which `ISTHMUS_TEST_POSTGRES` says, cannot be reached for N
 * minutes (10 unless said).
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    transactions: { type: 'string', default: '1000' },
    'first-database': { type: 'string' },
    point: { type: 'string' },
    members: { type: 'string', default: '1000' },
    partitions: { type: 'string', default: '1024' },
    seconds: { type: 'string', default: '200' },
    rows: { type: 'string', default: '3000000' },
    messages: { type: 'string' },
    minutes: { type: 'string', default: '10' },
  },
})

const simulations = {
  simulation: soakSimulation,
  sagas: soakSagas,
  'attended-sagas': soakAttendedSagas,
  transactions: soakTransactions,
  sharing: soakSharing,
}

const [name = 'simulation'] = positionals
if (Object.hasOwn(simulations, name)) {
  const soak = simulations[name as keyof typeof simulations]
  const count = values.seed === undefined ? Number(values.seeds ?? 20_000) : 1
  const failed = await soak(Number(values.seed ?? values.first), count, values.trace)
  process.exitCode = failed > 0 ? 1 : 0
} else if (name === 'factory') {
  if (!(await soakFactory(Number(values.seconds)))) process.exitCode = 1
} else if (name === 'files') {
  await filesMillionRows()
  console.log('a million rows of every format arrived, in order and in flat memory')
} else if (name === 'directus') {
  if (!(await testAgainstDirectus(line => console.log(line)))) process.exitCode = 1
} else if (name === 'kafka') {
  const env = { ...process.env, ISTHMUS_SOAK_KAFKA: '1', ISTHMUS_TEST_KAFKA: 'kafka://127.0.0.1:9092' }
  const args = ['kafka-cluster', 'transport-members'].map(name => `test/integration/${name}.test.ts`)
  process.exitCode = spawnSync(process.execPath, ['--test', ...args], { env, stdio: 'inherit' }).status ?? 1
} else if (name === 'rabbitmq') {
  await loseQuorum(3, line => console.log(line))
} else if (name === 'kills') {
  for (const changed of ['log', 'anything'] as const)
    console.log(`survived ${await killAtEveryChange(changed)} kills, at every change of ${changed}`)
} else if (name === 'members') {
  const size = { members: Number(values.members), partitions: Number(values.partitions) }
  const first = Number(values.seed ?? values.first)
  const count = values.seed === undefined ? Number(values.seeds ?? 1) : 1
  const failed = await soakMembers(first, count, size, line => console.log(line))
  process.exitCode = failed > 0 ? 1 : 0
} else if (name === 'cluster') {
  const { minutes, first, messages = 1_000_000 } = values
  const wanted = { minutes: Number(minutes), first: Number(first), messages: Number(messages) }
  await soakCluster(wanted, line => console.log(line))
} else if (name === 'two-phase') {
  const { transactions, 'first-database': first, point } = values
  await soakTwoPhase({ transactions: Number(transactions), first, point }, line => console.log(line))
} else if (name === 'postgres-versions') {
  process.exitCode = soakPostgresVersions()
} else if (name === 'postgres-unreachable') {
  await soakPostgresUnreachable(Number(values.minutes), line => console.log(line))
} else if (name === 'pipelines') {
  await soakPipelines(Number(values.rows), line => console.log(line))
} else if (name === 'store-copy') {
  await soakStoreCopy(Number(values.messages ?? 2_000_000), line => console.log(line))
} else {
  console.error(
    `There is no soak called "${name}". There are: simulation, sagas, attended-sagas, transactions, sharing, factory, files, kills, directus, kafka, rabbitmq, members, cluster, two-phase, pipelines, store-copy, postgres-versions, postgres-unreachable`,
  )
  process.exitCode = 2
}
