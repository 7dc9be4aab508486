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

export interface HrmTruth {
  readonly employees: readonly Employee[]
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
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists employees (
    number text primary key, uuid text not null, name text not null, department text not null,
    status text not null, changed_at integer not null
  ) strict;
`
