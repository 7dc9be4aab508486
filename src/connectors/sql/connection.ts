import { IsthmusError } from '../../errors.ts'
import { type AnyChannel, channelId } from '../../system/channel.ts'
import type { ConnectContext, Connection } from '../../system/connector.ts'
import type { Participant, Requester, Sink, Source } from '../../system/roles.ts'
import type { Warehouse } from '../../system/warehouse.ts'
import type { VotingDatabase } from './branches.ts'
import type { SqlOptions } from './config.ts'
import { type Database, rowsOf } from './database.ts'
import { MysqlDatabase } from './mysql/database.ts'
import type { Opening } from './opening.ts'
import { SqlParticipant } from './participant.ts'
import { Play } from './play.ts'
import { PostgresDatabase } from './postgres/database.ts'
import { parameterOf, render } from './sql-text.ts'
import { SqliteDatabase } from './sqlite/database.ts'

const neverAborted = new AbortController().signal

/** Opens a connection. Without `setup` nothing is sent yet: a server that is down shows in the first call. */
export async function openConnection(
  options: SqlOptions,
  opening: Opening,
  context: ConnectContext,
): Promise<Connection> {
  const database = await openDatabase(context.resolve(options.url), opening)
  try {
    await setUp(database, options)
  } catch (error) {
    await database.close()
    throw error
  }
  return connectionOn(database, context, opening)
}

/** A database by its url, in any of the products. Nothing is sent yet. */
export async function openDatabase(url: string, opening: Opening): Promise<VotingDatabase> {
  if (/^postgres(ql)?:/.test(url)) return PostgresDatabase.open(url, opening)
  if (/^(mysql|mariadb):/.test(url)) return MysqlDatabase.open(url, opening)
  const path = url.replace(/^sqlite:(\/\/)?/, '')
  const problem =
    path === '' || path === ':memory:'
      ? 'SQLite needs a file: several connections share it'
      : /^[a-z][a-z0-9+.-]+:/i.test(path) &&
        'it is neither a postgres:// or mysql:// address nor the path of an SQLite file'
  if (!problem) return new SqliteDatabase(path, opening)
  throw new IsthmusError('CONFIG-INVALID', `The url of system ${opening.system} cannot be used: ${problem}.`)
}

async function setUp(database: Database, { setup = [] }: SqlOptions): Promise<void> {
  for (const piece of setup) {
    const text = render(piece, 1, database.dialect.placeholder)
    const statement = { text, values: piece.values.map(parameterOf) }
    const run = () => rowsOf(database, statement, neverAborted)
    await run().catch(error => (isMadeByOther(error) ? run() : Promise.reject(error)))
  }
}

/**
 * Several members may set up a database at once. In PostgreSQL `if not exists` does not see what another one is just
 * making: it waits for it, and then fails, by a code for each kind of thing. Once more, it is there.
 */
function isMadeByOther(error: unknown): boolean {
  const made = ['23505', '42P06', '42P07', '42710', '42723', 'XX000']
  return error instanceof IsthmusError && made.includes(String(error.detail.sqlstate))
}

function connectionOn(database: VotingDatabase, context: ConnectContext, opening: Opening): Connection {
  const running = new Set<Promise<unknown>>()
  /** One call may use the database several times, and closing waits for all of it. */
  const tracked = <T>(call: Promise<T>): Promise<T> => {
    running.add(call)
    const end = () => running.delete(call)
    call.then(end, end)
    return call
  }
  return {
    source: channel => play<Source>(channel, database, context),
    sink(channel) {
      const sink = play<Sink>(channel, database, context)
      const { batch = 1, concurrency = 1, probe } = sink
      const write: Sink['write'] = (items, signal) => tracked(sink.write(items, signal))
      const calls = { batch, concurrency, write }
      return probe ? { ...calls, probe: (item, signal) => tracked(probe.call(sink, item, signal)) } : calls
    },
    requester(channel) {
      const requester = play<Requester>(channel, database, context)
      const { batch = 1, concurrency = 1, probe } = requester
      const ask: Requester['ask'] = (items, signal) => tracked(requester.ask(items, signal))
      const calls = { batch, concurrency, ask }
      return probe
        ? { ...calls, probe: (item, signal) => tracked(probe.call(requester, item, signal)) }
        : calls
    },
    participant() {
      const { system, connectTimeout } = opening
      const participant = new SqlParticipant(database, system, connectTimeout)
      const { prepare, end, prepared, unfit }: Participant = participant
      return {
        prepare: (...given) => tracked(prepare.apply(participant, given)),
        end: (...given) => tracked(end.apply(participant, given)),
        prepared: prefix => tracked(prepared.call(participant, prefix)),
        unfit: () => tracked(unfit.call(participant)),
      }
    },
    warehouse() {
      const { product } = database.dialect
      if (!database.warehouse)
        throw new IsthmusError(
          'FLOW-DEFINITION',
          `System ${opening.system}: ${product} is no warehouse. Take duckdb(), or PostgreSQL.`,
        )
      return trackedWarehouse(database.warehouse(), tracked)
    },
    async check() {
      const [row] = await rowsOf(database, { text: database.dialect.check, values: [] }, neverAborted)
      if (row?.warning) context.log('warn', String(row.warning))
    },
    async close() {
      await Promise.allSettled(running)
      await database.close()
    },
  }
}

function trackedWarehouse(warehouse: Warehouse, tracked: <T>(call: Promise<T>) => Promise<T>): Warehouse {
  return {
    dialect: warehouse.dialect,
    run: (...given) => tracked(warehouse.run(...given)),
    append: (...given) => tracked(warehouse.append(...given)),
    async *query(...given) {
      const { promise, resolve } = Promise.withResolvers<void>()
      tracked(promise)
      try {
        yield* warehouse.query(...given)
      } finally {
        resolve()
      }
    },
  }
}

function play<R>(channel: AnyChannel, database: Database, context: ConnectContext): R {
  if (channel.options instanceof Play) return (channel.options as Play<R>).on(database, context)
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `The channel ${channelId(channel)} is not one of the sql connector.`,
  )
}
