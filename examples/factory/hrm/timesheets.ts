import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import type { HrmDatabase, Timesheet } from './database.ts'

/** At night, the hours of everybody who works here are put into the folder as one file in GB18030. */
export function closeDay(db: HrmDatabase, folder: string): void {
  db.addTimesheets(() => (4 + Math.ceil(16 * Math.random()) / 4).toFixed(2))
  dropTimesheets(db, folder)
}

/** Drops the files of all days that are not in the folder yet: a killed program may have left one behind. */
export function dropTimesheets(db: HrmDatabase, folder: string): void {
  for (const [day, sheets] of Map.groupBy(db.undropped(), sheet => sheet.day)) {
    const aside = join(folder, `.${day}.part`)
    writeFileSync(aside, csvOf(sheets as Timesheet[]), { flush: true })
    renameSync(aside, join(folder, `working-time-${day}.csv`))
    db.dropped(day)
  }
}

/** Day, personnel number, name, department and hours, as people of the HRM read them. */
export function csvOf(sheets: readonly Timesheet[]): Buffer {
  const rows = sheets.map(sheet => [sheet.day, sheet.number, sheet.name, sheet.department, sheet.hours])
  const lines = [['日期', '工号', '姓名', '部门', '工时'], ...rows].map(row => row.map(quoted).join(','))
  return iconv.encode(`${lines.join('\r\n')}\r\n`, 'gb18030')
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
