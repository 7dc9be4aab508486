import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { killAtEveryChange } from '../recovery/sqlite-kill.ts'
import { testAgainstDirectus } from './directus.ts'
import { filesMillionRows } from './files-million-rows.ts'
import { loseQuorum } from './rabbitmq-quorum.ts'
import { soakSimulation } from './simulation.ts'
import { soakTwoPhase } from './two-phase.ts'

/**
 * Long runs that `npm test` has no time for.
 * `npm run soak -- simulation [--seeds N] [--first N]`: simulates N seeds (20,000 unless said) from the first on;
 * with `--seed N [--trace]` one seed, with everything that happened.
 * `npm run soak -- files`: files of a million rows in every format, in flat memory.
 * `npm run soak -- directus`: REST and GraphQL against Directus, which it installs first (700 MB, some minutes).
 * `npm run soak -- kafka`: members of a group are stopped and believed dead, and brokers killed, again and again.
 * `npm run soak -- rabbitmq`: a quorum queue of three nodes loses its quorum and gets it back.
 * `npm run soak -- kills`: a process is killed at every change that it makes to its store, one after the other.
 * `npm run soak -- two-phase [--transactions N]`: processes are killed amid two-phase commit over PostgreSQL and MariaDB,
 * until N transactions (1,000 unless said) stood at each point, either database first.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    transactions: { type: 'string', default: '1000' },
  },
})

const [name = 'simulation'] = positionals
if (name === 'simulation') {
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const failed = await soakSimulation(Number(values.seed ?? values.first), count, values.trace)
  process.exitCode = failed > 0 ? 1 : 0
} else if (name === 'files') {
  await filesMillionRows()
  console.log('a million rows of every format arrived, in order and in flat memory')
} else if (name === 'directus') {
  if (!(await testAgainstDirectus(line => console.log(line)))) process.exitCode = 1
} else if (name === 'kafka') {
  const env = { ...process.env, ISTHMUS_SOAK_KAFKA: '1', ISTHMUS_TEST_KAFKA: 'kafka://127.0.0.1:9092' }
  const args = ['--test', 'test/integration/kafka-cluster.test.ts']
  process.exitCode = spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1
} else if (name === 'rabbitmq') {
  await loseQuorum(3, line => console.log(line))
} else if (name === 'kills') {
  for (const changed of ['log', 'anything'] as const)
    console.log(`survived ${await killAtEveryChange(changed)} kills, at every change of ${changed}`)
} else if (name === 'two-phase') {
  await soakTwoPhase(Number(values.transactions), line => console.log(line))
} else {
  console.error(
    `There is no soak called "${name}". There are: simulation, files, kills, directus, kafka, rabbitmq, two-phase`,
  )
  process.exitCode = 2
}
