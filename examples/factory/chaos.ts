import { setTimeout as delay } from 'node:timers/promises'
import { leaseTime } from '../../src/store/members.ts'
import { type Plant, type ProgramName, programs, simulated } from './plant.ts'
import { faultKinds } from './simulated/faults.ts'
import { pick } from './simulated/random.ts'
import { killWorker, pauseWorker } from './workers.ts'

/** What has been done to a plant. */
export interface Harm {
  /** Kills of the engine, some while it recovered from the one before. */
  engine: number
  /** Kills of the other programs. */
  others: number
  faults: number
  /** Kills of workers. */
  killed: number
  /** Workers that stood still for longer than their leases last. */
  paused: number
}

/**
 * Makes trouble at random until the signal aborts: kill -9 of the engine, of its workers and of any program, workers
 * that stand still, and faults of the simulated systems. Then everything is well again. `say` is told what is wrong,
 * '' when nothing is.
 */
export async function chaos(
  plant: Plant,
  say: (trouble: string) => void,
  signal: AbortSignal,
): Promise<Harm> {
  const harm: Harm = { engine: 0, others: 0, faults: 0, killed: 0, paused: 0 }
  const making: Making = { plant, say, signal, harm, pauses: new Set() }
  const { store, workers = 0 } = plant.options
  const staff = store === undefined ? 0 : workers
  await staffed(making, staff)
  while (!signal.aborted) {
    await pause(1 + 3 * Math.random(), signal)
    if (signal.aborted) break
    const kind = Math.random()
    // Whoever starts them ends them, too: more often it is a worker.
    if (staff > 0 && (harm.killed === 0 || kind < 0.2)) await harmWorkers(making)
    else if (kind < 0.3) await crash(making, 'isthmus')
    else if (kind < 0.5) await crash(making, pick(programs))
    else await fault(making)
    say('')
  }
  await Promise.all(making.pauses)
  for (const name of simulated) await plant.fault(name, 'none')
  return harm
}

interface Making {
  readonly plant: Plant
  readonly say: (trouble: string) => void
  readonly signal: AbortSignal
  readonly harm: Harm
  /** Of workers: one at a time. */
  readonly pauses: Set<Promise<void>>
}

/** One is killed, and another stands still from then on, if none does already. */
async function harmWorkers({ plant, say, harm, pauses }: Making): Promise<void> {
  const live = (await plant.workforce())?.workers ?? []
  const [victim, other] = live.toSorted(() => Math.random() - 0.5)
  if (!victim || !other) return
  if (killWorker(victim)) harm.killed++
  const killed = `worker ${victim.pid}: killed with -9`
  if (pauses.size > 0) return say(killed)
  const paused = pauseWorker(other, leaseTime / 1000 + 3).then(was => {
    if (was) harm.paused++
    pauses.delete(paused)
  })
  pauses.add(paused)
  say(`${killed}; worker ${other.pid}: stopped`)
}

/** So many workers have come to life, or nobody waits for them any more. */
async function staffed({ plant, signal }: Making, count: number): Promise<void> {
  while (!signal.aborted && ((await plant.workforce())?.workers.length ?? 0) < count) await pause(0.2, signal)
}

async function fault({ plant, say, signal, harm }: Making): Promise<void> {
  const seconds = Math.ceil(6 * Math.random())
  const name = pick([...simulated, 'erp'] as const)
  const kind = pick(faultKinds.filter(each => each !== 'none'))
  await plant.fault(name, kind, seconds)
  harm.faults++
  say(`${name}: ${kind} for ${seconds} s`)
  await pause(seconds, signal)
}

async function crash(making: Making, name: ProgramName): Promise<void> {
  const { plant, signal } = making
  await kill(making, name)
  await pause(2 * Math.random(), signal)
  const started = plant.start(name)
  if (name !== 'isthmus' || Math.random() < 0.7) return await started
  // Again, while it recovers.
  await pause(3 * Math.random(), signal)
  await kill(making, name)
  await started
  await plant.start(name)
}

async function kill({ plant, say, harm }: Making, name: ProgramName): Promise<void> {
  await plant.crash(name)
  harm[name === 'isthmus' ? 'engine' : 'others']++
  say(`${name}: killed with -9`)
}

/** Seconds, or until the signal aborts. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(1000 * seconds, undefined, { signal }).catch(() => {})
}
