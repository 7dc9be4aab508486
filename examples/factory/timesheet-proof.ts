import type { WorkingTime } from './erp/database.ts'
import type { Timesheet } from './hrm/database.ts'

export interface TimesheetProof {
  readonly timesheets: number
  /** Those that stand in the ERP once, to the letter. */
  readonly right: number
  readonly problems: readonly string[]
}

/** Compares the hours that each person worked on each day. */
export function proveTimesheets(
  timesheets: readonly Timesheet[],
  workingTime: readonly WorkingTime[],
): TimesheetProof {
  const held = Map.groupBy(workingTime, dayOf)
  const wrong = timesheets.flatMap(sheet => {
    const day = dayOf(sheet)
    const [first, ...more] = held.get(day) ?? []
    held.delete(day)
    if (!first || more.length > 0) return [`${day}: ${first ? 1 + more.length : 0} times in the ERP`]
    const [said, arrived] = [textOf(sheet), textOf(first)]
    return said === arrived ? [] : [`${day}: ${said}, but in the ERP ${arrived}`]
  })
  const unknown = [...held.keys()].map(day => `${day}: the HRM does not know these hours`)
  return {
    timesheets: timesheets.length,
    right: timesheets.length - wrong.length,
    problems: [...wrong, ...unknown],
  }
}

function dayOf({ day, number }: Timesheet | WorkingTime): string {
  return `${day} ${number}`
}

function textOf({ name, department, hours }: Timesheet | WorkingTime): string {
  return `${hours} hours of ${name} in ${department}`
}
