import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HrmDatabase, type Timesheet } from '../hrm/database.ts'
import { staff } from '../hrm/people.ts'
import { csvOf } from '../hrm/timesheets.ts'
import { numbersOf } from '../simulated/random.ts'
import { inBulk } from './bulk.ts'
import type { History, PastDay } from './history.ts'

const shanghai = 8 * 3_600_000

/** The hours of everybody who was there from the beginning, on each day but Sunday; a file for each month. */
export function hrmHistory(path: string, folder: string, { seed }: History, days: readonly PastDay[]): void {
  const hrm = new HrmDatabase(path)
  staff(hrm)
  const people = hrm.employees()
  hrm.close()
  const worked = days.map(({ begin }) => new Date(begin + shanghai)).filter(date => date.getUTCDay() !== 0)
  const sheets = worked.flatMap(date => {
    const day = date.toISOString().slice(0, 10)
    return people.map(({ number, name, department }): Timesheet => {
      const hours = 4 + Math.ceil(16 * numbersOf(`hours ${seed} ${day} ${number}`)()) / 4
      return { day, number, name, department, hours: hours.toFixed(2) }
    })
  })
  inBulk(path, db => {
    const insert = db.prepare(`insert into timesheets (rowid, day, number, name, department, hours, dropped)
      values (?, ?, ?, ?, ?, ?, 1)`)
    for (const [at, { day, number, name, department, hours }] of sheets.entries())
      insert.run(at + 1 - sheets.length, day, number, name, department, hours)
  })
  mkdirSync(folder, { recursive: true })
  for (const [month, all] of Map.groupBy(sheets, ({ day }) => day.slice(0, 7)))
    writeFileSync(join(folder, `working-time-${month}.csv`), csvOf(all))
}
