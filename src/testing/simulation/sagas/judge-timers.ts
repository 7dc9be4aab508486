import { epoch } from '../simulated-process.ts'
import type { SagaLog } from './saga-records.ts'

/** What is known of time beside what the logs say. */
export interface JudgedClock {
  /** By how much the wall clock was ahead, and since when. */
  readonly skews: readonly { readonly since: number; readonly ms: number }[]
  /** When processes were started. */
  readonly starts: readonly number[]
}

/** The wall clock counts whole milliseconds. */
const blur = 2

/** G27: not before its time, and how much later is told. */
export function wrongTimers({ log }: SagaLog, clock: JudgedClock): string[] {
  const waits = new Map<string, { readonly at: number; readonly until: number }>()
  return log.flatMap(({ fact, at }) => {
    if (fact.type === 'waiting') waits.set(fact.stage, { at, until: fact.until ?? Number.POSITIVE_INFINITY })
    if (fact.type !== 'elapsed') return []
    const wait = waits.get(fact.stage) ?? { at, until: Number.POSITIVE_INFINITY }
    const isRight =
      clock.skews.length > 1
        ? mayBeOver(wait.at, at, wait.until - wait.at, clock)
        : at >= wait.until && Math.abs(fact.delay - (at - wait.until)) <= blur
    if (isRight && fact.delay >= 0) return []
    return [
      `${fact.stage} began to wait at ${wait.at}, was due at ${wait.until}, and elapsed at ${at} with a delay of ${fact.delay}`,
    ]
  })
}

/** Whether so much time had passed; after a restart, the wall clock counts, which may have jumped meanwhile. */
function mayBeOver(began: number, ended: number, length: number, { skews, starts }: JudgedClock): boolean {
  const within = (from: number, to: number) => (time: number) => from < time && time <= to
  return momentsOf(began, skews).some(from =>
    momentsOf(ended, skews).some(to => {
      const isRestarted = starts.some(within(from, to))
      const hasJumped = skews.some(({ since }) => within(from, to)(since))
      return to >= from && (to - from >= length - blur || (isRestarted && hasJumped))
    }),
  )
}

/** When the wall clock may have said this. */
function momentsOf(wall: number, skews: JudgedClock['skews']): number[] {
  return skews.flatMap(({ since, ms }, n) => {
    const moment = wall - epoch - ms
    const next = skews[n + 1]?.since ?? Number.POSITIVE_INFINITY
    return since - blur <= moment && moment <= next + blur ? [moment] : []
  })
}
