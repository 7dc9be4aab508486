import { Cron } from 'croner'
import { type Static, Type } from 'typebox'
import { IsthmusError, reasonOf } from '../errors.ts'
import { model } from '../model/model.ts'
import { callSite } from './call-site.ts'
import type { SourceChannel } from './channel.ts'
import { parseDuration } from './duration.ts'
import { checkOptionNames, type OptionNames } from './option-names.ts'
import { checkName } from './system.ts'

/** The name of the system to which schedules belong. */
export const schedulesSystem = 'schedules'

export interface ScheduleOptions {
  /** A time such as `15m`: at its multiples since 1970 UTC, so that `1h` is every full hour. This or `cron`. */
  readonly every?: string | undefined
  /** Minute, hour, day of the month, month, day of the week, with seconds before them if there are six: `0 6 * * MON-FRI`. */
  readonly cron?: string | undefined
  /** The time zone of `cron`, such as `Asia/Shanghai`. Default `UTC`. */
  readonly zone?: string | undefined
  /** What becomes of the times that were missed while no instance ran: `all` (default), the `last` one, or `none` are made up for. */
  readonly missed?: 'all' | 'last' | 'none' | undefined
}

const names: OptionNames<ScheduleOptions> = { every: true, cron: true, zone: true, missed: true }

const TickSchema = Type.Object({ at: Type.String({ format: 'date-time' }) })
export type Tick = Static<typeof TickSchema>

/** What a schedule delivers: the planned time. */
const Tick = model('Tick', { version: 1, key: 'at', schema: TickSchema })

/** The first planned time behind `time`, milliseconds since 1970 UTC; infinity if there is none any more. */
export type Next = (time: number) => number

/**
 * A source of Isthmus itself: it delivers `{ at }`, one message for each planned time, also if the process was restarted
 * meanwhile. Flows and sagas are started by it: `flow('nightly').from(schedule('night', { cron: '0 2 * * *' }))`.
 */
export function schedule(name: string, options: ScheduleOptions): SourceChannel<Tick> {
  checkName('schedule', name)
  checkOptionNames(`Schedule ${name}`, options, names)
  try {
    nextOf(options)
  } catch (error) {
    const at = callSite() ?? 'somewhere'
    throw new IsthmusError('FLOW-DEFINITION', `${at}: schedule ${name}: ${reasonOf(error)}`)
  }
  return Object.freeze({
    role: 'source',
    system: schedulesSystem,
    name,
    model: Tick,
    options: Object.freeze({ ...options }),
  })
}

/** Throws what is wrong with the options. */
export function nextOf({ every, cron, zone, missed = 'all' }: ScheduleOptions): Next {
  if ((every === undefined) === (cron === undefined)) throw new Error('it needs either every or cron')
  if (!['all', 'last', 'none'].includes(missed)) throw new Error('missed is all, last or none')
  if (every !== undefined) {
    if (zone !== undefined) throw new Error('a zone belongs to cron')
    const length = parseDuration(every)
    if (length < 1000) throw new Error('every is 1s at least')
    return time => (Math.floor(time / length) + 1) * length
  }
  // Throws RangeError for a zone that is not known.
  const timezone = new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' }).resolvedOptions().timeZone
  const pattern = new Cron(cron as string, { paused: true, timezone })
  return time => pattern.nextRun(new Date(time))?.getTime() ?? Number.POSITIVE_INFINITY
}
