import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type Card, cardOf } from './cards.ts'

export interface Employee {
  /** Personnel number. */
  readonly number: string
  /** Tells the entry apart for ever. */
  readonly uuid: string
  readonly name: string
  readonly department: string
  readonly status: 'active' | 'left'
  /** Milliseconds since 1970 UTC. */
  readonly changedAt: number
}

/** What was typed of an employee on the day of joining. */
export type PersonalData = Card & Pick<Employee, 'number'>

/** The working time of a person on a day, under the name and department of then. */
export interface Timesheet {
  readonly day: string
  readonly number: string
  readonly name: string
  readonly department: string
  /** With two decimal places. */
  readonly hours: string
}

/** How much there is of working time, the years before included. */
export interface HoursTotal {
  readonly number: string
  readonly days: number
  /** In hundredths of an hour. */
  readonly hours: number
}

export interface HrmTruth {
  readonly employees: readonly Employee[]
  readonly timesheets: readonly Timesheet[]
  readonly totals: readonly HoursTotal[]
}

/** The HRM's memory. Who leaves stays in it, as having left. Every commit is synced to disk. */
export class HrmDatabase {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(schema)
  }

  /** In the order of their personnel numbers. */
  employees(): Employee[] {
    const sql =
      'select number, uuid, name, department, status, changed_at as changedAt from employees order by number'
    return this.#db.prepare(sql).all() as unknown as Employee[]
  }

  hire(name: string, department: string): void {
    const n = this.employees().length + 1
    const number = `P${10_000 + n}`
    const sql = `insert into employees values (?, ?, ?, ?, 'active', ?)`
    this.#db.prepare(sql).run(number, randomUUID(), name, department, Date.now())
    // Every ninth is somebody who is here already: the one four before, under another name than it has now perhaps.
    const [person, typed] = n % 9 === 0 ? [n - 4, this.#nameOf(`P${10_000 + n - 4}`)] : [n, name]
    const card = cardOf(person, typed, n)
    this.#db
      .prepare('insert into cards values (?, ?, ?, ?, ?, ?)')
      .run(number, card.name, card.phone, card.identity, card.born, card.joined)
  }

  change({ number, name, department, status }: Omit<Employee, 'uuid' | 'changedAt'>): void {
    const sql = 'update employees set name = ?, department = ?, status = ?, changed_at = ? where number = ?'
    this.#db.prepare(sql).run(name, department, status, Date.now(), number)
  }

  personalData(): PersonalData[] {
    return this.#db.prepare('select * from cards order by number').all() as unknown as PersonalData[]
  }

  #nameOf(number: string): string {
    return this.#db.prepare('select name from employees where number = ?').get(number)?.name as string
  }

  /** Those of the years before have no number above 0. */
  get timesheetCount(): number {
    return this.#db.prepare('select count(*) as count from timesheets where rowid > 0').get()?.count as number
  }

  /** The next day of everybody who works here: a simulated day is one of the calendar, however short it is. */
  addTimesheets(hours: () => string): void {
    const last = this.#db.prepare('select max(day) as day from timesheets').get()?.day
    const day = typeof last === 'string' ? dayAfter(last) : '2026-01-01'
    const insert = this.#db.prepare('insert into timesheets values (?, ?, ?, ?, ?, 0)')
    this.#db.exec('begin immediate')
    for (const { number, name, department, status } of this.employees())
      if (status === 'active') insert.run(day, number, name, department, hours())
    this.#db.exec('commit')
  }

  timesheets(): Timesheet[] {
    const sql =
      'select day, number, name, department, hours from timesheets where rowid > 0 order by day, number'
    return this.#db.prepare(sql).all() as unknown as Timesheet[]
  }

  totals(): HoursTotal[] {
    const sql = `select number, count(*) as days, sum(cast(replace(hours, '.', '') as integer)) as hours
      from timesheets group by number order by number`
    return this.#db.prepare(sql).all() as unknown as HoursTotal[]
  }

  close(): void {
    this.#db.close()
  }

  /** Those that are in no file yet. */
  undropped(): Timesheet[] {
    const sql = 'select day, number, name, department, hours from timesheets where dropped = 0'
    return this.#db.prepare(sql).all() as unknown as Timesheet[]
  }

  dropped(day: string): void {
    this.#db.prepare('update timesheets set dropped = 1 where day = ?').run(day)
  }
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 24 * 3_600_000).toISOString().slice(0, 10)
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists employees (
    number text primary key, uuid text not null, name text not null, department text not null,
    status text not null, changed_at integer not null
  ) strict;
  create table if not exists cards (
    number text primary key, name text not null, phone text not null, identity text not null, born text not null,
    joined text not null
  ) strict;
  create table if not exists timesheets (
    day text not null, number text not null, name text not null, department text not null, hours text not null,
    dropped integer not null, primary key (day, number)
  ) strict;
`
