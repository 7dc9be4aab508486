import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqlText, sql, sqlText } from '../../src/connectors/sql/index.ts'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { readSagaLog } from '../../src/engine/saga/saga-log.ts'
import { landscape, model, type Saga, saga, system, Type } from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import type { TestDatabase } from '../integration/sql-harness.ts'

const Transfer = model('Transfer', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.String(),
    from: Type.String(),
    to: Type.String(),
    cents: Type.Integer(),
    /** Only `yes` is booked: all others are taken back after both accounts have been changed. */
    booked: Type.String(),
  }),
})
export type TransferData = { no: string; from: string; to: string; cents: number; booked: string }
const Asked = model('Asked', { version: 1, schema: Type.Object({ id: Type.String() }) })
const Account = model('Account', {
  version: 1,
  schema: Type.Object({ cents: Type.Integer(), version: Type.Integer() }),
})
const Balance = model('Balance', {
  version: 1,
  schema: Type.Object({
    id: Type.String(),
    cents: Type.Integer(),
    version: Type.Integer(),
    movement: Type.String(),
    by: Type.Integer(),
  }),
})
const Movement = model('Movement', {
  version: 1,
  schema: Type.Object({ id: Type.String(), movement: Type.String() }),
})

const tables = [
  'create table accounts (id text primary key, cents integer not null, version integer not null)',
  'create table movements (movement text primary key, account text not null, cents integer not null)',
  `create table bookings (id text primary key, movement text not null check (movement = 'yes'))`,
]

export const first = 1_000_000
export const accounts = ['anna', 'bert', 'carl'] as const

/** How a balance is written that was made of what was read: with a look at the version, or without. */
export type Writing = 'compares' | 'overwrites'

/**
 * A bank whose accounts only take a new balance, as many systems do. What has moved is written in the same transaction, by
 * which it can be told afterwards whether a balance holds every movement.
 */
function bankAt(url: string, writing: Writing) {
  const bank = system('bank', { kind: 'finance', connector: sql({ url, lockTimeout: '5s' }) })
  const account = bank.query('account', {
    request: Asked,
    response: Account,
    one: true,
    sql: ({ id }) => sqlText`select cents, version from accounts where id = ${id}`,
  })
  const noted = (movement: string, id: string, by: number): SqlText =>
    sqlText`insert into movements (movement, account, cents) values (${movement}, ${id}, ${by})`
  const set = bank.statement('set', Balance, {
    compares: writing === 'compares',
    sql: ({ id, cents, version, movement, by }) => [
      writing === 'compares'
        ? sqlText`update accounts set cents = ${cents}, version = version + 1 where id = ${id} and version = ${version}`
        : sqlText`update accounts set cents = ${cents}, version = version + 1 where id = ${id}`,
      noted(movement, id, by),
    ],
  })
  /** Harmless where there is no such movement, and commutes with whatever else happens. */
  const takeBack = bank.statement('take-back', Movement, {
    sql: ({ id, movement }) => [
      sqlText`update accounts set version = version + 1,
        cents = cents - coalesce((select cents from movements where movement = ${movement}), 0) where id = ${id}`,
      sqlText`delete from movements where movement = ${movement}`,
    ],
  })
  const book = bank.statement('book', Movement, {
    sql: ({ id, movement }) => sqlText`insert into bookings (id, movement) values (${id}, ${movement})`,
  })
  return { bank, account, set, takeBack, book }
}

function transfers(at: ReturnType<typeof bankAt>, writing: Writing): Saga<TransferData> {
  const compared = <const N extends string>(stage: N) => ({
    ...(writing === 'compares' && { compares: stage }),
    retry: { first: '5ms', longest: '40ms' },
  })
  return saga('transfer', Transfer)
    .step('payer', at.account, s => ({ id: s.input.from }))
    .require('it is covered', s => s.payer.cents >= s.input.cents)
    .step(
      'debit',
      at.set,
      ({ input, payer }) => ({
        id: input.from,
        cents: payer.cents - input.cents,
        version: payer.version,
        movement: `${input.no} debit`,
        by: -input.cents,
      }),
      compared('payer'),
    )
    .undo(at.takeBack, ({ input }) => ({ id: input.from, movement: `${input.no} debit` }))
    .step('payee', at.account, s => ({ id: s.input.to }))
    .step(
      'credit',
      at.set,
      ({ input, payee }) => ({
        id: input.to,
        cents: payee.cents + input.cents,
        version: payee.version,
        movement: `${input.no} credit`,
        by: input.cents,
      }),
      compared('payee'),
    )
    .undo(at.takeBack, ({ input }) => ({ id: input.to, movement: `${input.no} credit` }))
    .pivot('book', at.book, ({ input }) => ({ id: input.no, movement: input.booked }))
}

export interface BankDay {
  readonly ended: Readonly<Record<string, number>>
  /** How often a saga read again, since an account had changed. */
  readonly outdated: number
  /** Cents of all accounts together, less those of the beginning: 0 unless money was made or lost. */
  readonly missing: number
  /** Accounts that do not hold what has moved. */
  readonly wrong: readonly string[]
  /** Movements of transfers that were taken back or never booked, and of booked ones that are not there. */
  readonly strayed: number
}

/** Runs all transfers at once, in an engine over an SQLite store, which stops and starts again in their midst. */
export async function bankDay(
  database: TestDatabase,
  writing: Writing,
  given: readonly TransferData[],
): Promise<BankDay> {
  for (const text of tables) await database.run(text)
  for (const id of accounts)
    await database.run(`insert into accounts (id, cents, version) values ('${id}', ${first}, 1)`)
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-bank-'))
  const at = bankAt(database.url, writing)
  const transfer = transfers(at, writing)
  const ended: Record<string, number> = {}
  const start = async (done: () => void): Promise<{ engine: Engine; store: Store }> => {
    const store = sqliteStore({ path: join(folder, 'store.db') })
    const count = (status: string) => {
      ended[status] = (ended[status] ?? 0) + 1
      done()
    }
    const engine = await startEngine({
      landscape: landscape({ name: 'bank', systems: [at.bank], flows: [], sagas: [transfer] }),
      store,
      claim: await store.claim('bank'),
      host: realHost(),
      connectContext: system => connectContext({ system: system.name }),
      watch: event => {
        if (event.type === 'saga' && /^comp.*ed$|needs/.test(event.status)) count(event.status)
      },
      onFatal: error => {
        throw error
      },
    })
    return { engine, store }
  }
  const sum = () => Object.values(ended).reduce((all, n) => all + n, 0)
  const half = Promise.withResolvers<void>()
  const whole = Promise.withResolvers<void>()
  const done = () => {
    if (sum() >= given.length / 2) half.resolve()
    if (sum() >= given.length) whole.resolve()
  }
  try {
    const morning = await start(done)
    const begun = given.map((input, n) =>
      morning.engine.sagas.begin(transfer.definition, { input, startId: `start ${n}`, cause: `start ${n}` }),
    )
    await Promise.all(begun)
    await half.promise
    await morning.engine.stop()
    const evening = await start(done)
    await whole.promise
    const outdated = await outdatedIn(
      evening.store,
      given.map(({ no }) => no),
    )
    await evening.engine.stop()
    return { ended, outdated, ...(await balance(database)) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function outdatedIn(store: Store, keys: readonly string[]): Promise<number> {
  const logs = await Promise.all(keys.map(key => readSagaLog(store.read, 'transfer', key)))
  return logs.flat().filter(({ fact }) => fact.type === 'outdated').length
}

async function balance(database: TestDatabase): Promise<Omit<BankDay, 'ended' | 'outdated'>> {
  const rows = await database.run(
    `select a.id, a.cents, coalesce(sum(m.cents), 0) as moved
    from accounts as a left join movements as m on m.account = a.id group by a.id, a.cents`,
  )
  const [strayed] = await database.run(
    `select (select count(*) from movements) - 2 * (select count(*) from bookings) as n`,
  )
  return {
    missing: rows.reduce((all, { cents }) => all + Number(cents), 0) - first * accounts.length,
    wrong: rows.flatMap(({ id, cents, moved }) =>
      Number(cents) === first + Number(moved) ? [] : [`${id} has ${cents}, moved ${moved}`],
    ),
    strayed: Number(strayed?.n),
  }
}
