import { IsthmusError } from '../errors.ts'
import { checkOptionNames, type OptionNames } from '../message/option-names.ts'

export type Weekday = 'MON' | 'TUE' | 'WED' | 'THU' | 'FRI' | 'SAT' | 'SUN'

/** On which days there is work. */
export interface Calendar {
  readonly weekend: readonly Weekday[]
  /** Days without work, `2026-10-01`. */
  readonly holidays: readonly string[]
  /** Days with work though they are on a weekend, as they are made up for holidays. */
  readonly workdays: readonly string[]
}

const names: OptionNames<Partial<Calendar>> = { weekend: true, holidays: true, workdays: true }

/** `calendar({ holidays: ['2026-10-01', ...], workdays: ['2026-10-10'] })`. The weekend is Saturday and Sunday if absent. */
export function calendar(options: Partial<Calendar>): Calendar {
  checkOptionNames('calendar()', options, names)
  const { weekend = ['SAT', 'SUN'], holidays = [], workdays = [] } = options
  for (const day of [...holidays, ...workdays]) checkDay(day)
  const both = holidays.find(day => workdays.includes(day))
  if (both !== undefined) throw new IsthmusError('FLOW-DEFINITION', `${both} is a holiday and a workday.`)
  return Object.freeze({
    weekend: Object.freeze([...weekend]),
    holidays: Object.freeze([...holidays]),
    workdays: Object.freeze([...workdays]),
  })
}

function checkDay(day: string): void {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day)
  if (!isDay) throw new IsthmusError('FLOW-DEFINITION', `"${day}" is not a day such as 2026-10-01.`)
}

const weekdays: readonly Weekday[] = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** Whether there is work on a day, `2026-10-01`. */
export function isWorkday({ weekend, holidays, workdays }: Calendar, day: string): boolean {
  if (workdays.includes(day)) return true
  const weekday = weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()] as Weekday
  return !holidays.includes(day) && !weekend.includes(weekday)
}
