import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sqlText } from '../../src/connectors/sql/index.ts'
import type { SinkChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { BranchWork, Participant, Vote } from '../../src/system/roles.ts'
import type {
  BreakableParticipant,
  ForeignBranch,
  OpenedParticipant,
  ParticipantFixture,
  ParticipantProcess,
  ProcessBranch,
} from '../../src/testing/describe-participant.ts'
import { connectTo, sinkOf, type TestDatabase, targetAt } from '../integration/sql-harness.ts'
import { startSqlProxy } from '../integration/sql-proxy.ts'
import type { Cluster } from '../recovery/postgres-cluster.ts'
import { startProxy } from '../recovery/postgres-proxy.ts'
import { Row } from './sql-fixture.ts'

const refused = 'refuse me'
const program = fileURLToPath(new URL('./participant-process.ts', import.meta.url))

/** `cluster`, if given, is the database's server, which may be crashed. */
export async function participantFixture(
  database: TestDatabase,
  cluster?: Cluster,
): Promise<ParticipantFixture> {
  const { product, url } = database
  await database.run(`create table entries (n integer primary key, text text check (text <> '${refused}'))`)
  const isServer = product !== 'SQLite'
  return {
    refused,
    commitsByHand: isServer,
    open: () => openParticipant(url),
    async effects() {
      const rows = await apart(database, 'select n, text from entries order by n')
      return rows.map(({ n, text }) => ({ n: Number(n), text: String(text) }))
    },
    startProcess: () => startProcess(url),
    async endByHand(id, how) {
      const at = id.lastIndexOf(':')
      const verb = how === 'commit' ? 'commit' : 'rollback'
      // The connection of the vote may be open: in MariaDB it is ended first.
      if (product === 'MariaDB') await endConnections(database)
      const texts = {
        PostgreSQL: `${verb} prepared '${id}'`,
        MariaDB: `xa ${verb} '${id.slice(0, at)}','${id.slice(at + 1)}'`,
        SQLite: 'delete from isthmus_prepared',
      }
      await apart(database, texts[product])
    },
    ...(isServer && {
      prepareForeign: () => prepareForeign(database),
      openBreakable: () => openBreakable(url),
    }),
    ...(cluster && {
      async crash() {
        await cluster.crash('SIGKILL')
        await cluster.start()
      },
    }),
    destroy: () => (cluster ? cluster.destroy() : database.destroy()),
  }
}

export async function openParticipant(url: string): Promise<OpenedParticipant> {
  const target = targetAt({ url, lockTimeout: '1s' })
  const entries = target.table('entries', Row, { table: 'entries', mode: 'insert' })
  const nothing = target.statement('nothing', Row, {
    sql: ({ text }) => sqlText`update entries set text = ${text} where n < 0`,
  })
  const connection = await connectTo(target)
  const work = (channel: SinkChannel<unknown>, data: unknown): BranchWork => ({ channel, data })
  return {
    participant: () => participantOf(connection),
    put: record => work(entries as never, record),
    idle: () => work(nothing as never, { n: 0, text: '' }),
    sink: () => sinkOf(connection, entries),
    close: () => connection.close(),
  }
}

export function participantOf(connection: Connection): Participant {
  return (connection.participant as NonNullable<Connection['participant']>)()
}

async function openBreakable(url: string): Promise<BreakableParticipant> {
  const isMysql = url.startsWith('mysql:')
  const inner = isMysql ? await startProxy(url, () => true) : await startProxy(url)
  const outer = await startSqlProxy(inner.url)
  const opened = await openParticipant(outer.url)
  const promise = isMysql ? 'xa prepare' : 'prepare transaction'
  return {
    ...opened,
    silence: () => outer.set('silent'),
    delayPromise() {
      void inner.next('late', promise)
      // The server may have ended the connection meanwhile.
      return async () => void (await inner.release().catch(() => undefined))
    },
    loseAnswer: () => void inner.next('unanswered', promise),
    async close() {
      const closed = opened.close()
      // What waits for an answer is not to wait for ever.
      outer.set('down')
      await closed
      await outer.close()
      await inner.close()
    },
  }
}

async function startProcess(url: string): Promise<ParticipantProcess> {
  const child = fork(program, [url])
  await next(child, 'ready')
  return {
    async prepare(branch: ProcessBranch) {
      child.send(branch)
      return (await next(child, 'vote')) as Vote
    },
    async begin(branch) {
      child.send(branch)
      await next(child, 'begun')
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function next(child: ChildProcess, kind: string): Promise<unknown> {
  for (;;) {
    const [message] = await once(child, 'message', { signal: AbortSignal.timeout(120_000) })
    if (kind in message) return message[kind]
  }
}

/** On a connection of its own. */
async function apart(database: TestDatabase, text: string) {
  const session = await database.session()
  try {
    return await session.run(text)
  } finally {
    await session.end()
  }
}

async function endConnections(database: TestDatabase): Promise<void> {
  const session = await database.session()
  const rows = await session.run(
    'select id from information_schema.processlist where db = database() and id <> connection_id()',
  )
  const [own] = await database.run('select connection_id() as id')
  for (const { id } of rows) if (id !== own?.id) await session.run(`kill ${Number(id)}`)
  // Until what they have promised is free.
  for (;;) {
    const [left] = await session.run(
      `select count(*) as n from information_schema.processlist where db = database() and id not in (connection_id(), ${Number(own?.id)})`,
    )
    if (Number(left?.n) === 0) break
  }
  await session.end()
}

async function prepareForeign(database: TestDatabase): Promise<ForeignBranch> {
  const isMariadb = database.product === 'MariaDB'
  const session = await database.session()
  const begin = isMariadb ? `xa start 'isthmus','foreign'` : 'begin'
  const promise = isMariadb
    ? [`xa end 'isthmus','foreign'`, `xa prepare 'isthmus','foreign'`]
    : [`prepare transaction 'isthmus:foreign'`]
  for (const text of [begin, `insert into entries values (1000, 'foreign')`, ...promise])
    await session.run(text)
  await session.end()
  const list = isMariadb ? 'xa recover' : 'select gid as data from pg_prepared_xacts'
  return {
    async isThere() {
      const rows = await apart(database, list)
      return rows.some(({ data }) => /^isthmus:?foreign$/.test(String(data)))
    },
    async end() {
      await apart(
        database,
        isMariadb ? `xa rollback 'isthmus','foreign'` : `rollback prepared 'isthmus:foreign'`,
      )
    },
  }
}
