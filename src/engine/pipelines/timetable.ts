import { nextOf, type ScheduleOptions } from '../../system/schedule.ts'
import type { Period } from './run-fact.ts'

const hour = 3_600_000
const lookBack = [hour, 26 * hour, 8 * 24 * hour, 40 * 24 * hour, 400 * 24 * hour, 5 * 366 * 24 * hour]

/** Most runs that are planned at once, and most of one backfill. */
export const mostRuns = 10_000

/** The period that ends at a planned time; undefined if that is none. */
export function periodEnding(schedule: ScheduleOptions, until: number): Period | undefined {
  if (nextOf(schedule)(until - 1) !== until) return undefined
  return { from: plannedBefore(schedule, until), until }
}

/** The last planned time before a moment; 1970 if there is none within five years. */
export function plannedBefore(schedule: ScheduleOptions, moment: number): number {
  const next = nextOf(schedule)
  for (const span of lookBack) {
    let found = next(moment - span)
    if (found >= moment) continue
    for (let later = next(found); later < moment; later = next(found)) found = later
    return found
  }
  return 0
}

/** The planned times behind `after`, up to `until`, at most so many. */
export function plannedTimes(
  schedule: ScheduleOptions,
  after: number,
  until: number,
  most = mostRuns,
): number[] {
  const next = nextOf(schedule)
  const times: number[] = []
  for (let time = next(after); time <= until && times.length < most; time = next(time)) times.push(time)
  return times
}

/**
 * The periods that are due: each planned time since the last one that was taken up, as far as they are wanted that were
 * missed while nothing ran. `started` is when this process began to plan.
 */
export function duePeriods(schedule: ScheduleOptions, last: number, now: number, started: number): Period[] {
  let before: number | undefined
  return plannedTimes(schedule, Math.max(last, wantedBehind(schedule, started)), now).map(until => {
    const from = before ?? plannedBefore(schedule, until)
    before = until
    return { from, until }
  })
}

/** The moment behind which planned times count, whenever the last one was taken up. */
function wantedBehind(schedule: ScheduleOptions, started: number): number {
  const { missed = 'all' } = schedule
  if (missed === 'all') return 0
  return (missed === 'last' ? plannedBefore(schedule, started) : started) - 1
}
