import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const cli = [join(root, 'src/cli/main.ts'), 'start', join(root, 'examples/order-intake')]
const queueProcess = join(root, 'bench/scale/queues/process.ts')

/** Where a run happens: databases and queues that are its own. */
export interface Place {
  /** PostgreSQL, for store or queue. */
  readonly store: string
  /** PostgreSQL, for the orders. */
  readonly orders: string
  readonly redis: string
  /** `host:port` of a broker of Kafka. */
  readonly kafka: string
  /** Of this run alone. */
  readonly topic: string
  /** A directory. */
  readonly data: string
}

/** One process: its arguments, and what is set in its environment. */
export interface Program {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A way to take orders by HTTP, keep them, and write each into a table. */
export interface Contender {
  readonly name: string
  /** The job queue in PostgreSQL that the others are compared with. */
  readonly baseline?: boolean
  /** Whether its store or queue is in PostgreSQL, so that its round trips are counted there. */
  readonly inPostgres: boolean
  /** How many workers there may be; one if absent. */
  readonly scales?: boolean
  prepare(place: Place): void
  /** Takes orders at PORT. */
  intake(place: Place, workers: number): Program
  /** Absent if the intake does the work itself. */
  worker?(place: Place): Program
}

export const contenders: readonly Contender[] = [
  { ...ours('isthmus embedded', ({ data }) => ({ ISTHMUS_DATA: data }), false), scales: true },
  ours('isthmus', onPostgres, true),
  apart('isthmus workers', onPostgres),
  apart('isthmus on Kafka', place => ({
    ...onPostgres(place),
    ISTHMUS_TRANSPORT: `kafka://${place.kafka}?topic=${place.topic}&replication=1`,
  })),
  queue('graphile-worker', ({ store }) => store, true),
  queue('pg-boss', ({ store }) => store, true),
  queue('bullmq', ({ redis }) => redis, false),
]

function onPostgres({ data, store }: Place): Readonly<Record<string, string>> {
  return { ISTHMUS_DATA: data, ISTHMUS_STORE: store }
}

/** Intake and each worker are processes on one store. */
function apart(name: string, env: (place: Place) => Readonly<Record<string, string>>): Contender {
  const one = ours(name, place => ({ ...env(place), ISTHMUS_ROLE: 'intake' }), true)
  const worker = (place: Place): Program => {
    const directory = { ISTHMUS_DATA: mkdtempSync(join(place.data, 'worker-')) }
    return {
      args: cli,
      env: { ...env(place), ...directory, ISTHMUS_ROLE: 'worker', ORDERS_DB: place.orders },
    }
  }
  return { ...one, scales: true, intake: place => one.intake(place, 1), worker }
}

function ours(
  name: string,
  env: (place: Place) => Readonly<Record<string, string>>,
  inPostgres: boolean,
): Contender {
  return {
    name,
    inPostgres,
    prepare: () => {},
    intake: (place, workers) => ({
      args: workers > 1 ? [...cli, '--workers', String(workers)] : cli,
      env: { ...env(place), ORDERS_DB: place.orders },
    }),
  }
}

function queue(name: string, url: (place: Place) => string, inPostgres: boolean): Contender {
  const program = (role: string, place: Place): Program => ({
    args: [queueProcess, role, name],
    env: { QUEUE_URL: url(place), ORDERS_DB: place.orders },
  })
  return {
    name,
    inPostgres,
    baseline: inPostgres,
    scales: true,
    prepare: place => runOnce(program('prepare', place)),
    intake: place => program('intake', place),
    worker: place => program('worker', place),
  }
}

function runOnce({ args, env }: Program): void {
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...env } })
  if (status !== 0) throw new Error(stderr.toString().trim().split('\n').at(-1))
}
