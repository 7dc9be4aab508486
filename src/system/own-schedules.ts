import type { Connector } from './connector.ts'
import { acceptPatiently, pause } from './patience.ts'
import type { Intake, Source } from './roles.ts'
import { type Next, nextOf, type ScheduleOptions, schedulesSystem } from './schedule.ts'
import { type System, system } from './system.ts'

/** Planned times handed over at once. */
const atOnce = 500
/** Longest sleep, milliseconds: the clock of the computer may have been set meanwhile. */
const nap = 30_000

/** Delivers planned times. Its position is the last one delivered. */
export function ownSchedules(): System {
  const connector: Connector = {
    name: schedulesSystem,
    summary: Object.freeze({}),
    channels: () => ({}),
    connect: async ({ now }) => ({
      source: ({ options }) => new ScheduleSource(options as ScheduleOptions, now),
      async check() {},
      async close() {},
    }),
  }
  return system(schedulesSystem, { kind: 'other', connector })
}

export class ScheduleSource implements Source {
  readonly #next: Next
  readonly #missed: ScheduleOptions['missed']
  readonly #now: () => number

  constructor(options: ScheduleOptions, now: () => number) {
    this.#next = nextOf(options)
    this.#missed = options.missed ?? 'all'
    this.#now = now
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    const started = this.#now()
    let last = await this.#begin(intake, started, signal)
    while (!signal.aborted) {
      const due = this.#due(last)
      const end = due.at(-1)
      if (end === undefined) {
        await pause(Math.min(nap, Math.max(1, this.#next(last) - this.#now())), signal)
        continue
      }
      const wanted = due.filter(time => this.#isWanted(time, started))
      if (wanted.length > 0 && !(await deliver(wanted, end, intake, signal))) return
      last = end
    }
  }

  /** At the very first start the plan begins now. */
  async #begin(intake: Intake, started: number, signal: AbortSignal): Promise<number> {
    const known = await intake.position()
    if (typeof known === 'number') return known
    await acceptPatiently(intake, [], { position: started }, signal)
    return started
  }

  #due(last: number): number[] {
    const due: number[] = []
    const now = this.#now()
    for (let time = this.#next(last); time <= now && due.length < atOnce; time = this.#next(time))
      due.push(time)
    return due
  }

  #isWanted(time: number, started: number): boolean {
    if (time >= started || this.#missed === 'all') return true
    return this.#missed === 'last' && this.#next(time) >= started
  }
}

/** False if it was given up. */
async function deliver(
  times: readonly number[],
  position: number,
  intake: Intake,
  signal: AbortSignal,
): Promise<boolean> {
  const deliveries = times.map(time => {
    const at = new Date(time).toISOString()
    return { id: at, data: { at } }
  })
  return (await acceptPatiently(intake, deliveries, { position }, signal)) !== undefined
}
