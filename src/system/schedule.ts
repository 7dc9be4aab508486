import { Cron } from 'croner'
import { type Static, Type } from 'typebox'
import { IsthmusError, reasonOf } from '../errors.ts'
import { checkOptionNames, type OptionNames } from '../message/option-names.ts'
import { model } from '../model/model.ts'
import { type Calendar, isWorkday } from './calendar.ts'
import { callSite } from './call-site.ts'
import type { SourceChannel } from './channel.ts'
import { parseDuration } from './duration.ts'
import { checkName } from './system.ts'

/** The name of the system to which schedules belong. */
export const schedulesSystem = 'schedules'

export interface ScheduleOptions {
  /** A time such as `15m`: at its multiples since 1970 UTC, so that `1h` is every full hour. This or `cron`. */
  readonly every?: string | undefined
  /** Minute, hour, day of the month, month, day of the week, with seconds before them if there are six: `0 6 * * MON-FRI`. */
  readonly cron?: string | undefined
  /** The time zone of `cron` and of the days of `on`, such as `Asia/Shanghai`. Default `UTC`. */
  readonly zone?: string | undefined
  /** Only on the days on which there is work: `calendar({ holidays: [...] })`. Default: on all days. */
  readonly on?: Calendar | undefined
  /** What becomes of the times that were missed while no instance ran: `all` (default), the `last` one, or `none` are made up for. */
  readonly missed?: 'all' | 'last' | 'none' | undefined
}

const names: OptionNames<ScheduleOptions> = {
  every: true,
  cron: true,
  zone: true,
  on: true,
  missed: true,
}

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
export function nextOf(options: ScheduleOptions): Next {
  const { on, zone, missed = 'all' } = options
  if (!['all', 'last', 'none'].includes(missed)) throw new Error('missed is all, last or none')
  const next = nextOfAll(options)
  return on ? onWorkdays(next, on, zone) : next
}

function nextOfAll({ every, cron, zone, on }: ScheduleOptions): Next {
  if ((every === undefined) === (cron === undefined)) throw new Error('it needs either every or cron')
  if (every !== undefined) {
    if (zone !== undefined && !on) throw new Error('a zone belongs to cron')
    const length = parseDuration(every)
    if (length < 1000) throw new Error('every is 1s at least')
    return time => (Math.floor(time / length) + 1) * length
  }
  // Throws RangeError for a zone that is not known.
  const timezone = new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' }).resolvedOptions().timeZone
  const pattern = new Cron(cron as string, { paused: true, timezone })
  return time => pattern.nextRun(new Date(time))?.getTime() ?? Number.POSITIVE_INFINITY
}

const day = 86_400_000
/** Days without work after which none is expected any more. */
const longestPause = 366 * day

/** The days are looked at one by one: a day without work is left as a whole. */
function onWorkdays(next: Next, calendar: Calendar, zone = 'UTC'): Next {
  const dayOf = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
  return time => {
    let found = next(time)
    while (found < time + longestPause) {
      const shown = dayOf.format(found)
      if (isWorkday(calendar, shown)) return found
      // Behind the end of that day, wherever clocks change: hour by hour.
      let behind = found
      while (dayOf.format(behind) === shown) behind += 3_600_000
      while (dayOf.format(behind - 60_000) !== shown) behind -= 60_000
      found = next(behind - 1)
    }
    return Number.POSITIVE_INFINITY
  }
}
