import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Gids } from '../../src/engine/two-phase-commit/gid.ts'
import type { Participant } from '../../src/system/roles.ts'
import { products, type TestDatabase, until } from '../integration/sql-harness.ts'
import { startSqlProxy } from '../integration/sql-proxy.ts'
import {
  apart,
  type Moves,
  type MovesOptions,
  moved,
  movesTable,
  rollBackByHand,
  standing,
  startMoves,
} from './two-phase-flow.ts'
import { type Life, live } from './two-phase-lives.ts'
import type { Point } from './two-phase-points.ts'

const [postgres, sqlite, mariadb] = products as [
  (typeof products)[0],
  (typeof products)[0],
  (typeof products)[0],
]
const servers = [
  [postgres, mariadb],
  [mariadb, postgres],
] as const
const skip = postgres.skip || mariadb.skip
const options = { timeout: 240_000 }

/** Two databases, the store's folder, and who is to be removed with them. */
class Scene {
  readonly path = join(mkdtempSync(join(tmpdir(), 'isthmus-doubt-')), 'store')
  readonly cluster = randomBytes(8).toString('hex')
  readonly prefix = new Gids(this.cluster, { randomBytes }).prefix
  readonly a: TestDatabase
  readonly b: TestDatabase
  readonly #undo: (() => Promise<unknown>)[] = []

  private constructor(a: TestDatabase, b: TestDatabase) {
    this.a = a
    this.b = b
  }

  static async make(t: TestContext, [a, b]: readonly [(typeof products)[0], (typeof products)[0]]) {
    const scene = new Scene(await a.make(), await b.make())
    t.after(async () => {
      for (const undo of scene.#undo.toReversed()) await undo()
      for (const each of [scene.a, scene.b]) await each.destroy()
      rmSync(join(scene.path, '..'), { recursive: true })
    })
    for (const each of [scene.a, scene.b]) await each.run(movesTable)
    return scene
  }

  /** Done at the end, the last one first. */
  after(undo: () => Promise<unknown>): void {
    this.#undo.push(undo)
  }

  get urls() {
    return [this.a.url, this.b.url] as const
  }

  async start(more: Partial<MovesOptions> = {}): Promise<Moves> {
    const { path, cluster, urls } = this
    const moves = await startMoves({ path, cluster, urls, ...more })
    this.after(() => moves.stop(0))
    return moves
  }

  /** A process takes one number, and dies at the point. */
  async die(point: Point, more: Partial<Life> = {}): Promise<void> {
    const { path, cluster, urls } = this
    const { signal, errors } = await live({
      path,
      cluster,
      urls,
      first: 1,
      count: 1,
      point,
      enough: 1,
      ...more,
    })
    assert.equal(signal, 'SIGKILL', errors)
  }

  /** What is in both, and how many branches of ours are prepared in both. */
  async state() {
    return {
      rows: [await moved(this.a), await moved(this.b)],
      prepared: [(await standing(this.a, this.prefix)).length, (await standing(this.b, this.prefix)).length],
    }
  }
}

const atRest = async (moves: Moves) => until(async () => (await moves.unrest()) === undefined)
const done = { rows: [[1], [1]], prepared: [0, 0] }

function ending(work: (system: 'a' | 'b') => Promise<void> | void) {
  return (system: 'a' | 'b', inner: Participant): Participant => ({
    ...inner,
    async end(...given) {
      await work(system)
      return inner.end(...given)
    },
  })
}

describe('two-phase commit in doubt', { skip, concurrency: 2 }, () => {
  for (const pair of servers) {
    const [a, b] = pair.map(({ name }) => name)

    it(`${a}, ${b}: commits though the connections that promised are half-open`, options, async t => {
      const scene = await Scene.make(t, pair)
      const proxies = await Promise.all(scene.urls.map(startSqlProxy))
      scene.after(() => Promise.all(proxies.map(proxy => proxy.close())))
      for (const proxy of proxies) proxy.keepHalfOpen()
      await scene.die('decision written', { urls: proxies.map(({ url }) => url) as never })
      assert.deepEqual((await scene.state()).prepared, [1, 1])
      await atRest(await scene.start())
      assert.deepEqual(await scene.state(), done)
    })

    it(`${a}, ${b}: a commit whose answer is lost is asked for again, and is one`, options, async t => {
      const scene = await Scene.make(t, pair)
      const proxies = await Promise.all(scene.urls.map(startSqlProxy))
      scene.after(() => Promise.all(proxies.map(proxy => proxy.close())))
      for (const { loseAnswer, url } of proxies)
        loseAnswer(url.startsWith('mysql') ? 'xa commit' : 'commit prepared')
      const moves = await scene.start({ urls: proxies.map(({ url }) => url) as never })
      await moves.accept([1])
      await atRest(moves)
      assert.deepEqual(await scene.state(), done)
      await moves.accept([1])
      await atRest(moves)
      assert.deepEqual(await scene.state(), done)
    })

    it(`${a}, ${b}: what others have prepared stays as it is`, options, async t => {
      const scene = await Scene.make(t, pair)
      const others = [scene.a, scene.b].map(foreign)
      for (const other of others) await other.prepare()
      scene.after(() => Promise.all(others.map(other => other.rollBack())))
      await scene.die('decision written')
      await scene.die('all prepared', { first: 2 })
      const moves = await scene.start()
      await atRest(moves)
      assert.deepEqual(await scene.state(), {
        rows: [
          [1, 2],
          [1, 2],
        ],
        prepared: [0, 0],
      })
      for (const other of others) assert.equal(await other.isThere(), true)
    })

    it(
      `${a}, ${b}: a branch that somebody else rolled back is told of, and nothing is repaired`,
      options,
      async t => {
        const scene = await Scene.make(t, pair)
        let ended: Promise<void> | undefined
        const byHand = async () => {
          ended ??= rollBackByHand(scene.b, scene.prefix)
          await ended
        }
        const moves = await scene.start({ participant: ending(byHand) })
        await moves.accept([1])
        await until(async () => /parked/.test(String(await moves.unrest())))
        const { rows, prepared } = await scene.state()
        assert.deepEqual(
          [rows, prepared],
          [
            [[1], []],
            [0, 0],
          ],
        )
        const [told] = moves.events.filter(({ type }) => type === 'in doubt') as { reason: string }[]
        assert.match(told?.reason ?? '', /committed in a, rolled back in b\. Nothing was repaired/)
        const [open] = await moves.engine.transactions.log.open()
        assert.equal(open?.state.outcome, 'mixed')
        const [parked] = await moves.parked()
        assert.equal(parked, 'TARGET-CONTRACT')
        await moves.engine.transactions.acknowledge(open?.state.gid ?? '', 'ann', 'booked by hand')
        assert.deepEqual(await moves.engine.transactions.log.open(), [])
        assert.deepEqual((await scene.state()).rows, [[1], []])
      },
    )

    it(`${a}, ${b}: where the log is lost, a marker decides`, options, async t => {
      const scene = await Scene.make(t, pair)
      await scene.die('first committed')
      assert.deepEqual((await scene.state()).prepared, [0, 1])
      rmSync(scene.path, { recursive: true })
      await atRest(await scene.start())
      assert.deepEqual(await scene.state(), done)
    })

    it(`${a}, ${b}: where the log is lost and nothing decides, a person does`, options, async t => {
      const scene = await Scene.make(t, pair)
      await scene.die('decision written')
      rmSync(scene.path, { recursive: true })
      const moves = await scene.start()
      const { transactions } = moves.engine
      for (let time = 0; time < 3; time++) assert.equal((await transactions.orphans()).length, 2)
      assert.deepEqual((await scene.state()).prepared, [1, 1])
      const [orphan] = await transactions.orphans()
      await transactions.resolve(orphan?.id ?? '', 'commit', 'ann', 'the order was shipped')
      // That branch shows now that it was committed.
      assert.deepEqual(await transactions.orphans(), [])
      assert.deepEqual(await scene.state(), done)
    })

    it(`${a}, ${b}: an older copy of the log rolls nothing back that was committed`, options, async t => {
      const scene = await Scene.make(t, pair)
      const copy = `${scene.path}.copy`
      await scene.die('first committed', { copy })
      rmSync(scene.path, { recursive: true })
      renameSync(copy, scene.path)
      const moves = await scene.start()
      const [open] = await moves.engine.transactions.log.open()
      await atRest(moves)
      assert.deepEqual(await scene.state(), done)
      assert.ok(open === undefined || open.state.outcome === undefined)
    })

    it(`${a}, ${b}: a branch that changes nothing is not odd, and needs no end`, options, async t => {
      const scene = await Scene.make(t, pair)
      await scene.die('decision written', { readsOnly: true })
      assert.deepEqual((await scene.state()).prepared, [1, 0])
      const moves = await scene.start({ readsOnly: true })
      await moves.accept([2])
      await atRest(moves)
      assert.deepEqual(await scene.state(), { rows: [[1, 2], []], prepared: [0, 0] })
      assert.equal(
        moves.events.some(({ type }) => type === 'in doubt'),
        false,
      )
    })
  }

  it('of two that recover at once, one does, and the other is turned away', options, async t => {
    const scene = await Scene.make(t, [postgres, sqlite])
    await scene.die('decision written')
    const { path, cluster, urls } = scene
    const life = { path, cluster, urls, first: 2, count: 20, enough: 0 }
    const both = await Promise.all([live(life), live(life)])
    assert.deepEqual(both.map(({ code }) => code).sort(), [0, 1])
    assert.match(both.map(({ errors }) => errors).join(''), /STORE-IN-USE/)
    const all = Array.from({ length: 21 }, (_, n) => n + 1)
    assert.deepEqual(await scene.state(), { rows: [all, all], prepared: [0, 0] })
  })
})

/** Branches of another application, and of an Isthmus that is not ours. */
function foreign(database: TestDatabase) {
  const isMariadb = database.product === 'MariaDB'
  const random = randomBytes(4).toString('hex')
  const ids = [`app:${random}`, `isth:othercluster:${random}:0`].map(id => {
    const at = id.lastIndexOf(':')
    return isMariadb ? `'${id.slice(0, at)}','${id.slice(at)}'` : `'${id}'`
  })
  const texts = (id: string) =>
    isMariadb
      ? [`xa start ${id}`, `insert into other values (1)`, `xa end ${id}`, `xa prepare ${id}`]
      : ['begin', `insert into other values (1)`, `prepare transaction ${id}`]
  return {
    async prepare() {
      await database.run('create table other (n integer)')
      for (const id of ids) await apart(database, ...texts(id))
    },
    async isThere() {
      const all = [...(await standing(database, 'app:')), ...(await standing(database, 'isth:othercluster:'))]
      return all.filter(id => id.includes(random)).length === ids.length
    },
    async rollBack() {
      for (const id of ids) await apart(database, `${isMariadb ? 'xa rollback' : 'rollback prepared'} ${id}`)
    },
  }
}
