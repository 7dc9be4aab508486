import { setTimeout as delay } from 'node:timers/promises'
import { type Plant, programs } from './plant.ts'
import { faultKinds } from './simulated/faults.ts'

/**
 * Makes trouble at random until the signal aborts: faults of the MES and the ERP, and kill -9 of any of the three
 * programs. Then everything is well again. `say` is told what is wrong, '' when nothing is.
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
  for (const name of ['mes', 'erp'] as const) await plant.fault(name, 'none')
}

async function fault(
  plant: Plant,
  seconds: number,
  say: (trouble: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = pick(['mes', 'erp', 'erp'] as const)
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

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T
}
