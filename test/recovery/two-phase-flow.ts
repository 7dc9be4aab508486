import { join } from 'node:path'
import { Type } from 'typebox'
import { sql, sqlText } from '../../src/connectors/sql/index.ts'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { realHost } from '../../src/engine/host.ts'
import { verify } from '../../src/engine/verify.ts'
import { flow } from '../../src/flow/flow-builder.ts'
import { landscape } from '../../src/flow/landscape.ts'
import { transaction } from '../../src/flow/transaction.ts'
import { model } from '../../src/model/model.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { Participant } from '../../src/system/roles.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { testEnds } from '../integration/engine-run.ts'
import { type Rows, type TestDatabase, until } from '../integration/sql-harness.ts'

const Move = model('Move', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
type MoveData = { n: number }

/** Has no key, so that a row that is written twice is there twice. */
export const movesTable = 'create table moves (n integer not null)'

export interface MovesOptions {
  /** The folder of the store. */
  readonly path: string
  /** By which branches are ours. */
  readonly cluster: string
  /** Of the systems `a` and `b`: branches are prepared in the order of these names. */
  readonly urls: readonly [a: string, b: string]
  readonly lockTimeout?: string
  readonly store?: (store: Store) => Store
  readonly participant?: (system: 'a' | 'b', participant: Participant) => Participant
  /** Whether a move changes nothing in `b`. */
  readonly readsOnly?: boolean
}

/** A flow that writes each number that it is given into two databases, or none. */
export interface Moves {
  readonly engine: Engine
  readonly events: readonly EngineEvent[]
  accept(numbers: readonly number[]): Promise<void>
  /** The codes by which messages were parked. */
  parked(): Promise<readonly string[]>
  /** Why it is not at rest; undefined when every message has ended and no transaction is open. */
  unrest(): Promise<string | undefined>
  /** Leaves everything as it is, as a process does that dies; what it waits for comes to nothing. */
  stop(grace?: number): Promise<void>
}

export async function startMoves(options: MovesOptions): Promise<Moves> {
  const { path, cluster, urls, lockTimeout = '2s' } = options
  const connect = (name: 'a' | 'b', url: string) => {
    const inner = sql({ url, lockTimeout, connectTimeout: '5s' })
    const connector = {
      ...inner,
      async connect(context: Parameters<typeof inner.connect>[0]) {
        const connection = await inner.connect(context)
        const participant = () => {
          const own = (connection.participant as NonNullable<typeof connection.participant>)()
          return options.participant?.(name, own) ?? own
        }
        return { ...connection, participant }
      },
    }
    return system(name, { kind: 'erp', connector })
  }
  const [a, b] = [connect('a', urls[0]), connect('b', urls[1])]
  const into = (target: typeof a) => target.table('moves', Row, { table: 'moves', mode: 'insert' })
  const idle = b.statement('idle', Row, {
    sql: ({ n }) => sqlText`update moves set n = n where n = ${-1 - n}`,
  })
  const move = transaction('move', Move)
    .write(into(a), ({ n }) => ({ n }))
    .write(options.readsOnly ? idle : into(b), ({ n }) => ({ n }))
  const ends = testEnds<MoveData>()
  const moving = flow('moving')
    .from({ ...ends.made, model: Move } as never)
    .key(move => String((move as MoveData).n))
    .to(move as never)
  const store = sqliteStore({ path: join(path, 'store.db') })
  const events: EngineEvent[] = []
  const engine = await startEngine({
    landscape: landscape({ systems: [ends.system, a, b], flows: [moving] }),
    store: options.store?.(store) ?? store,
    claim: await store.claim('test'),
    host: realHost(path),
    cluster,
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => {
      console.error(error)
      process.exitCode = 5
    },
    watch: event => void events.push(event),
  })
  const intake = await ends.intake
  const balance = async () => (await verify(store.read, 'moving')).flows[0]
  return {
    engine,
    events,
    async accept(numbers) {
      await intake.accept(numbers.map(n => ({ id: String(n), data: { n } })))
    },
    async parked() {
      const rows = await store.read.unfinished({ flow: 'moving', status: ['parked'], limit: 100 })
      return rows.map(({ error }) => String(error?.code))
    },
    async unrest() {
      const { inFlight = 0, parked = 0 } = (await balance()) ?? {}
      if (inFlight > 0) return `${inFlight} messages have not ended`
      if (parked > 0) return `${parked} messages are parked`
      const open = await engine.transactions.log.open()
      if (open.length > 0) return `${open.length} transactions are open`
      const orphans = await engine.transactions.orphans()
      return orphans.length > 0 ? `${orphans.length} branches are orphans` : undefined
    },
    stop: grace => engine.stop(grace),
  }
}

/** The numbers that a database has, each as often as it is there, in their order. */
export async function moved(database: TestDatabase): Promise<number[]> {
  return (await apart(database, 'select n from moves order by n')).map(({ n }) => Number(n))
}

/** The ids of the branches that are prepared at a database and begin with `prefix`, without the last colon in MariaDB. */
export async function standing(database: TestDatabase, prefix: string): Promise<string[]> {
  const texts = {
    PostgreSQL: 'select gid as data from pg_prepared_xacts',
    MariaDB: 'xa recover',
    SQLite: 'select branch as data from isthmus_prepared',
  }
  // A file has the table once it had a branch.
  const rows = await apart(database, texts[database.product]).catch(error => {
    if (database.product === 'SQLite') return []
    throw error
  })
  return rows.map(({ data }) => String(data)).filter(id => id.startsWith(prefix))
}

/** Over a session of its own, since the server may have been killed meanwhile. */
export async function apart(database: TestDatabase, ...texts: readonly string[]): Promise<Rows> {
  const session = await database.session()
  try {
    let rows: Rows = []
    for (const text of texts) rows = await session.run(text)
    return rows
  } finally {
    await session.end()
  }
}

/** Rolls back the first branch that stands, as an administrator does. */
export async function rollBackByHand(database: TestDatabase, prefix: string): Promise<void> {
  const [id = ''] = await standing(database, prefix)
  await endOthers(database)
  // In MariaDB until the server has noticed that the connection that promised is gone.
  await until(() => rollBack(database, id))
}

/** Rolls back all that stands: it would keep its database from being dropped. Rejects where that cannot be done in time. */
export async function rollBackAll(database: TestDatabase, prefix: string): Promise<void> {
  const deadline = performance.now() + 240_000
  if (database.product === 'SQLite') return
  await endOthers(database)
  for (;;) {
    const ids = await standing(database, prefix)
    if (ids.length === 0) return
    if (performance.now() > deadline)
      throw new Error(`these could not be rolled back in ${database.product}: ${ids.join(', ')}`)
    for (const id of ids) await rollBack(database, id)
  }
}

function rollBack(database: TestDatabase, id: string): Promise<boolean> {
  const xid = `'${id.slice(0, -1)}','${id.slice(-1)}'`
  const text = database.product === 'PostgreSQL' ? `rollback prepared '${id}'` : `xa rollback ${xid}`
  return apart(database, text).then(
    () => true,
    () => false,
  )
}

/** MariaDB lets nobody end a promise while the connection that gave it is open. */
async function endOthers(database: TestDatabase): Promise<void> {
  if (database.product !== 'MariaDB') return
  const others = await apart(
    database,
    'select id from information_schema.processlist where db = database() and id <> connection_id()',
  )
  const [own] = await database.run('select connection_id() as id')
  // One that has gone by itself meanwhile cannot be ended.
  for (const other of others)
    if (other.id !== own?.id) await apart(database, `kill ${Number(other.id)}`).catch(() => [])
}
