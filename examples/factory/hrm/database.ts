import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

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

/** The working time of a person on a day, under the name and department of then. */
export interface Timesheet {
  readonly day: string
  readonly number: string
  readonly name: string
  readonly department: string
  /** With two decimal places. */
  readonly hours: string
}

export interface HrmTruth {
  readonly employees: readonly Employee[]
  readonly timesheets: readonly Timesheet[]
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
    const number = `P${10_001 + this.employees().length}`
    const sql = `insert into employees values (?, ?, ?, ?, 'active', ?)`
    this.#db.prepare(sql).run(number, randomUUID(), name, department, Date.now())
  }

  change({ number, name, department, status }: Omit<Employee, 'uuid' | 'changedAt'>): void {
    const sql = 'update employees set name = ?, department = ?, status = ?, changed_at = ? where number = ?'
    this.#db.prepare(sql).run(name, department, status, Date.now(), number)
  }

  get timesheetCount(): number {
    return this.#db.prepare('select count(*) as count from timesheets').get()?.count as number
  }

  /** The next day of everybody who works here: a simulated day is one of the calendar, however short it is. */
  addTimesheets(hours: () => string): void {
    const days = this.#db.prepare('select count(distinct day) as days from timesheets').get()?.days as number
    const day = new Date(Date.UTC(2026, 0, 1 + days)).toISOString().slice(0, 10)
    const insert = this.#db.prepare('insert into timesheets values (?, ?, ?, ?, ?, 0)')
    this.#db.exec('begin immediate')
    for (const { number, name, department, status } of this.employees())
      if (status === 'active') insert.run(day, number, name, department, hours())
    this.#db.exec('commit')
  }

  timesheets(): Timesheet[] {
    const sql = 'select day, number, name, department, hours from timesheets order by day, number'
    return this.#db.prepare(sql).all() as unknown as Timesheet[]
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

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists employees (
    number text primary key, uuid text not null, name text not null, department text not null,
    status text not null, changed_at integer not null
  ) strict;
  create table if not exists timesheets (
    day text not null, number text not null, name text not null, department text not null, hours text not null,
    dropped integer not null, primary key (day, number)
  ) strict;
`
