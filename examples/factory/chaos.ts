import { setTimeout as delay } from 'node:timers/promises'
import { type Plant, programs, simulated } from './plant.ts'
import { faultKinds } from './simulated/faults.ts'
import { pick } from './simulated/random.ts'

/**
 * Makes trouble at random until the signal aborts: faults of the simulated systems, and kill -9 of any program. Then
 * everything is well again. `say` is told what is wrong, '' when nothing is.
 */
export async function chaos(
  plant: Plant,
  say: (trouble: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(1 + 4 * Math.random(), signal)
    if (signal.aborted) break
    const seconds = Math.ceil(6 * Math.random())
    await (Math.random() < 0.25 ? crash(plant, seconds / 3, say, signal) : fault(plant, seconds, say, signal))
    say('')
  }
  for (const name of simulated) await plant.fault(name, 'none')
}

async function fault(
  plant: Plant,
  seconds: number,
  say: (trouble: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = pick([...simulated, 'erp'] as const)
  const kind = pick(faultKinds.filter(each => each !== 'none'))
  await plant.fault(name, kind, seconds)
  say(`${name}: ${kind} for ${seconds} s`)
  await pause(seconds, signal)
}

async function crash(
  plant: Plant,
  seconds: number,
  say: (trouble: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = pick(programs)
  await plant.crash(name)
  say(`${name}: killed with -9`)
  await pause(seconds, signal)
  await plant.start(name)
}

/** Seconds, or until the signal aborts. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(1000 * seconds, undefined, { signal }).catch(() => {})
}
