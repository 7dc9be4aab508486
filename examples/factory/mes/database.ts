import { DatabaseSync } from 'node:sqlite'
import { Production, type ProductionOrder } from './production.ts'
import type { Consumption, Generated, Quirk } from './traffic.ts'

/** An event that must still be sent at least once. */
export interface Unsent {
  readonly n: number
  readonly id: string
  readonly body: string
}

/** The MES's memory: a killed MES has forgotten neither an event nor that it must still be sent. */
export class MesDatabase {
  readonly #db: DatabaseSync
  readonly production: Production

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(schema)
    this.production = new Production(this.#db)
  }

  /** Events of the years before have no number above 0. */
  get count(): number {
    return this.#db.prepare('select count(*) as count from events where n > 0').get()?.count as number
  }

  add(events: readonly { readonly n: number; readonly generated: Generated }[]): Unsent[] {
    const insert = this.#db.prepare('insert into events (n, id, body, quirk, open) values (?, ?, ?, ?, ?)')
    this.#db.exec('begin immediate')
    const unsent = events.map(({ n, generated: { consumption, quirk, sends } }) => {
      const body = JSON.stringify(consumption)
      insert.run(n, consumption.eventId, body, quirk ?? null, sends)
      return { n, id: consumption.eventId, body }
    })
    this.#db.exec('commit')
    return unsent
  }

  unsent(): Unsent[] {
    return this.#db
      .prepare('select n, id, body from events where open > 0 order by n')
      .all() as unknown as Unsent[]
  }

  get unsentCount(): number {
    return this.#db.prepare('select count(*) as count from events where open > 0').get()?.count as number
  }

  /** Notes a good answer; gives how many times the event is still to be sent. */
  answered(n: number): number {
    const sql = 'update events set answers = answers + 1, open = open - 1 where n = ? returning open'
    return this.#db.prepare(sql).get(n)?.open as number
  }

  since(n: number, limit = 1000): NumberedConsumption[] {
    const rows = this.#db.prepare('select n, body from events where n > ? order by n limit ?').all(n, limit)
    return rows.map(({ n, body }) => ({ n: n as number, ...JSON.parse(body as string) }))
  }

  /** By work order, the years before included. */
  totals(): EventTotal[] {
    const sql = `select body ->> '$.workOrder' as workOrder, count(*) as events from events group by 1 order by 1`
    return this.#db.prepare(sql).all() as unknown as EventTotal[]
  }

  /** Every event ever sent, with what is wrong with it on purpose and how many good answers it got. */
  events(): SentEvent[] {
    const rows = this.#db
      .prepare('select body, quirk, answers, open from events where n > 0 order by n')
      .all()
    return rows.map(({ body, ...row }) => ({ ...JSON.parse(body as string), ...row }))
  }

  addReading(station: string, celsius: string): Reading {
    const sql = 'insert into readings (station, celsius) values (?, ?) returning no, station, celsius'
    return this.#db.prepare(sql).get(station, celsius) as unknown as Reading
  }

  sentReading(no: number): void {
    this.#db.prepare('update readings set sent = 1 where no = ?').run(no)
  }

  unsentReadings(): Reading[] {
    const sql = 'select no, station, celsius from readings where sent = 0 order by no'
    return this.#db.prepare(sql).all() as unknown as Reading[]
  }

  readings(): Reading[] {
    const sql = 'select no, station, celsius from readings order by no'
    return this.#db.prepare(sql).all() as unknown as Reading[]
  }

  putOperator({ number, name, team, active }: MesOperator): void {
    this.#db
      .prepare('insert or replace into operators values (?, ?, ?, ?)')
      .run(number, name, team, active ? 1 : 0)
  }

  operators(): MesOperator[] {
    const rows = this.#db.prepare('select number, name, team, active from operators order by number').all()
    return rows.map(row => ({ ...row, active: row.active === 1 })) as unknown as MesOperator[]
  }

  close(): void {
    this.#db.close()
  }
}

export interface SentEvent extends Consumption {
  readonly quirk: Quirk | null
  readonly answers: number
  readonly open: number
}

/** Who may work at a station, by personnel number. */
export interface MesOperator {
  readonly number: string
  readonly name: string
  readonly team: string
  readonly active: boolean
}

/** A temperature at a station. */
export interface Reading {
  readonly no: number
  readonly station: string
  /** With one decimal place. */
  readonly celsius: string
}

export interface NumberedConsumption extends Consumption {
  readonly n: number
}

export interface EventTotal {
  readonly workOrder: string
  readonly events: number
}

export interface MesTruth {
  readonly events: readonly SentEvent[]
  readonly readings: readonly Reading[]
  readonly operators: readonly MesOperator[]
  readonly productionOrders: readonly ProductionOrder[]
  readonly totals: readonly EventTotal[]
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists events (
    n integer primary key, id text not null unique, body text not null, quirk text,
    open integer not null, answers integer not null default 0
  ) strict;
  create index if not exists unsent on events (n) where open > 0;
  create table if not exists readings (
    no integer primary key, station text not null, celsius text not null, sent integer not null default 0
  ) strict;
  create index if not exists unsent_readings on readings (no) where sent = 0;
  create table if not exists operators (
    number text primary key, name text not null, team text not null, active integer not null
  ) strict;
`
