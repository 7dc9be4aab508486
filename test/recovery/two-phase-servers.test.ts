import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Participant } from '../../src/system/roles.ts'
import { mariadbDatabase, postgresDatabase, type TestDatabase, until } from '../integration/sql-harness.ts'
import { makeMariadbCluster, withoutMariadbCluster } from './mariadb-cluster.ts'
import { type Cluster, makeCluster, withoutCluster } from './postgres-cluster.ts'
import { apart, type Moves, moved, movesTable, standing, startMoves } from './two-phase-flow.ts'

interface Server {
  readonly cluster: Cluster
  readonly database: TestDatabase
}

const numbers = [1, 2, 3, 4]
const options = { timeout: 240_000 }

describe('two-phase commit over servers that are killed', {
  skip: withoutCluster || withoutMariadbCluster,
}, () => {
  let postgres: Server
  let mariadb: Server
  before(async () => {
    const pg = await makeCluster({ max_prepared_transactions: '12', max_connections: '40' })
    const my = await makeMariadbCluster()
    await Promise.all([pg.start(), my.start()])
    postgres = { cluster: pg, database: await postgresDatabase(pg.url) }
    mariadb = { cluster: my, database: await mariadbDatabase(my.url) }
    for (const { database } of [postgres, mariadb]) await database.run(movesTable)
  })
  after(() => Promise.all([postgres?.cluster.destroy(), mariadb?.cluster.destroy()]))

  /** Runs `use`, and proves that in the end all numbers are in both databases, and nothing is left. */
  async function moving(
    around: (system: 'a' | 'b', inner: Participant) => Participant,
    use: (moves: Moves) => Promise<void>,
    turned = false,
  ): Promise<void> {
    const path = mkdtempSync(join(tmpdir(), 'isthmus-moves-'))
    const both = [postgres.database, mariadb.database]
    for (const database of both) {
      await apart(database, 'delete from moves')
      // The same numbers have the same effect keys. There is no such table yet at first.
      await apart(database, 'delete from isthmus_effects').catch(() => [])
    }
    const [a, b] = (turned ? both.toReversed() : both) as [TestDatabase, TestDatabase]
    const cluster = randomBytes(8).toString('hex')
    const moves = await startMoves({ path, cluster, urls: [a.url, b.url], participant: around })
    try {
      await use(moves)
      await until(async () => (await moves.unrest().catch(String)) === undefined)
      for (const database of both) {
        assert.deepEqual(await moved(database), numbers)
        assert.deepEqual(await standing(database, 'isth:'), [])
      }
      assert.deepEqual(
        moves.events.filter(({ type }) => type === 'in doubt'),
        [],
      )
    } finally {
      await moves.stop(0)
      rmSync(path, { recursive: true })
    }
  }

  for (const turned of [false, true]) {
    const [a, b] = turned ? ['MariaDB', 'PostgreSQL'] : ['PostgreSQL', 'MariaDB']
    it(`commits in ${b} once it is back, which was killed after it promised`, options, async () => {
      const server = () => (turned ? postgres : mariadb).cluster
      const killed = once(() => server().crash('SIGKILL'))
      await moving(
        (system, inner) =>
          system === 'a'
            ? inner
            : {
                ...inner,
                async end(...given) {
                  await killed.call()
                  return inner.end(...given)
                },
              },
        async moves => {
          await moves.accept(numbers)
          await killed.done
          const first = (turned ? mariadb : postgres).database
          await until(async () => (await moved(first)).length > 0)
          await server().start()
        },
        turned,
      )
    })

    it(`commits when both come back, ${a} before ${b}`, options, async () => {
      const order = turned ? [mariadb, postgres] : [postgres, mariadb]
      const killed = once(() => Promise.all(order.map(({ cluster }) => cluster.crash('SIGKILL'))))
      await moving(
        (_, inner) => ({
          ...inner,
          async end(...given) {
            await killed.call()
            return inner.end(...given)
          },
        }),
        async moves => {
          await moves.accept(numbers)
          await killed.done
          for (const { cluster } of order) await cluster.start()
        },
      )
    })

    it(
      `rolls back in ${a} when ${b} is killed before it promises, and does it all later`,
      options,
      async () => {
        const server = () => (turned ? postgres : mariadb).cluster
        const killed = once(() => server().crash('SIGKILL'))
        await moving(
          (system, inner) => ({
            ...inner,
            async prepare(...given) {
              if (system === 'b') await killed.call()
              return inner.prepare(...given)
            },
          }),
          async moves => {
            await moves.accept(numbers)
            await killed.done
            const first = (turned ? mariadb : postgres).database
            await until(async () => (await standing(first, 'isth:')).length === 0)
            assert.deepEqual(await moved(first), [])
            await server().start()
          },
          turned,
        )
      },
    )
  }

  it('waits, and locks nothing elsewhere, while PostgreSQL has no room for promises', options, async () => {
    const foreign = Array.from({ length: 12 }, (_, n) => `other:${n}`)
    for (const id of foreign)
      await apart(
        postgres.database,
        'begin',
        `create table "made ${id}" (n integer)`,
        `prepare transaction '${id}'`,
      )
    let refused = 0
    await moving(
      (_, inner) => ({
        ...inner,
        async prepare(...given) {
          try {
            return await inner.prepare(...given)
          } catch (error) {
            refused++
            throw error
          }
        },
      }),
      async moves => {
        await moves.accept(numbers)
        await until(() => refused > 0)
        assert.deepEqual(await moved(mariadb.database), [])
        for (const id of foreign) await apart(postgres.database, `rollback prepared '${id}'`)
      },
    )
    assert.ok(refused > 0)
  })

  it('tells of a limit that was lowered, and goes on when it is raised', options, async () => {
    // The server would not start with fewer than its log has in use.
    await apart(postgres.database, 'checkpoint')
    await postgres.cluster.crash()
    await postgres.cluster.start({ max_prepared_transactions: '0' })
    let refused = 0
    await moving(
      (_, inner) => ({
        ...inner,
        async prepare(...given) {
          try {
            return await inner.prepare(...given)
          } catch (error) {
            assert.match((await inner.unfit()).join(), /max_prepared_transactions is 0: set it/)
            refused++
            throw error
          }
        },
      }),
      async moves => {
        await moves.accept(numbers)
        await until(() => refused > 0)
        await postgres.cluster.crash()
        await postgres.cluster.start()
      },
      true,
    )
    assert.ok(refused > 0)
  })
})

/** Work that is done once, whoever calls first; `done` tells of it. */
function once(work: () => Promise<unknown>) {
  const done = Promise.withResolvers<void>()
  let begun: Promise<void> | undefined
  const call = () => {
    begun ??= work().then(() => done.resolve())
    return begun
  }
  return { call, done: done.promise }
}
