import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { type ChangesOptions, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import { Kept, runUntil } from './files-harness.ts'
import { connectTo, products, type TestDatabase, targetAt } from './sql-harness.ts'

const Move = model('Move', { version: 1, schema: Type.Object({ id: Type.Integer(), note: Type.String() }) })

type Options = Partial<Omit<ChangesOptions, 'table' | 'query'>>

for (const product of products) {
  const concurrent = product.name !== 'SQLite'
  const type = { PostgreSQL: 'timestamptz', SQLite: 'text', MariaDB: 'timestamp(6)' }[product.name]
  const now = {
    PostgreSQL: 'clock_timestamp()',
    SQLite: "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    MariaDB: 'sysdate(6)',
  }[product.name]
  const ahead = {
    PostgreSQL: "now() + interval '1 day'",
    SQLite: "strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 day')",
    MariaDB: 'sysdate(6) + interval 1 day',
  }[product.name]
  const many = 12_000
  const series = {
    PostgreSQL: `select n, 'x', '2026-05-01'::timestamptz + (n / 100) * interval '1 second'
      from generate_series(1, ${many}) as n`,
    SQLite: `with recursive s (n) as (select 1 union all select n + 1 from s where n < ${many})
      select n, 'x', datetime('2026-05-01', (n / 100) || ' seconds') from s`,
    MariaDB: `select seq, 'x', timestamp('2026-05-01') + interval seq div 100 second from seq_1_to_${many}`,
  }[product.name]

  describe(`sql changes (${product.name})`, { skip: product.skip }, () => {
    async function withMoves(use: (database: TestDatabase, kept: Kept) => Promise<void>): Promise<void> {
      const database = await product.make()
      await database.run(`create table moves (id integer primary key, note text, at ${type})`)
      await use(database, new Kept())
      await database.destroy()
    }

    /** Runs until so many changes are accepted, and gives their notes in the order of acceptance. */
    async function read(database: TestDatabase, kept: Kept, count: number, options: Options = {}) {
      const target = targetAt({ url: database.url })
      const warnings: string[] = []
      const connection = await connectTo(target, text => warnings.push(text))
      const cursor = { time: 'at', key: 'id' }
      const channel = target.changes('moves', Move, {
        table: 'moves',
        cursor,
        every: '5ms',
        overlap: '1m',
        ...options,
      })
      await runUntil(channel, kept, connection, () => kept.deliveries.length >= count)
      await connection.close()
      return { notes: kept.data.map(data => (data as { note: string }).note), warnings }
    }

    it('finds a row that was committed after later ones', () =>
      withMoves(async (database, kept) => {
        if (!concurrent) return
        await database.run(`insert into moves values (1, 'first', ${now})`)
        const late = await database.session()
        await late.run('begin')
        await late.run(`insert into moves values (2, 'late', ${now})`)
        await database.run(`insert into moves values (3, 'quick', ${now})`)
        assert.deepEqual((await read(database, kept, 2)).notes, ['first', 'quick'])
        await late.run('commit')
        await late.end()
        assert.deepEqual((await read(database, kept, 3)).notes, ['first', 'quick', 'late'])
      }))

    it('delivers a row again when its time changes, and not otherwise', () =>
      withMoves(async (database, kept) => {
        await database.run(`insert into moves values (1, 'a', ${now}), (2, 'b', ${now})`)
        await read(database, kept, 2)
        await database.run(`update moves set note = 'a2', at = ${now} where id = 1`)
        const { notes } = await read(database, kept, 3)
        assert.deepEqual(notes.sort(), ['a', 'a2', 'b'])
      }))

    it('is not led astray by a row from the future', () =>
      withMoves(async (database, kept) => {
        await database.run(`insert into moves values (1, 'now', ${now}), (2, 'tomorrow', ${ahead})`)
        const { warnings } = await read(database, kept, 2)
        assert.match(warnings.join(), /minutes ahead of the database's clock/)
        await database.run(`insert into moves values (3, 'later', ${now})`)
        assert.ok((await read(database, kept, 3)).notes.includes('later'))
        // Also after a long pause, when the overlap alone would not reach back.
        await database.run(`insert into moves values (4, 'no overlap', ${now})`)
        assert.ok((await read(database, kept, 4, { overlap: '0s' })).notes.includes('no overlap'))
      }))

    it('shows a second change within one tick to the engine', () =>
      withMoves(async database => {
        const seen: string[] = []
        const kept = new (class extends Kept {
          override accept(...call: Parameters<Kept['accept']>) {
            seen.push(...call[0].map(({ id, data }) => `${id} ${(data as { note: string }).note}`))
            return super.accept(...call)
          }
        })()
        await database.run(`insert into moves values (1, 'a', '2026-05-01 08:00:00')`)
        const target = targetAt({ url: database.url })
        const connection = await connectTo(target)
        const channel = target.changes('moves', Move, {
          table: 'moves',
          cursor: { time: 'at', key: 'id' },
          every: '5ms',
        })
        let changed = false
        await runUntil(channel, kept, connection, async () => {
          if (seen.length === 1 && !changed) {
            changed = true
            await database.run(`update moves set note = 'b' where id = 1`)
          }
          return seen.length === 2
        })
        await connection.close()
        assert.equal(seen[0]?.split(' ')[0], seen[1]?.split(' ')[0], 'the same identity')
        assert.match(seen[1] ?? '', / b$/)
      }))

    it('reads a query as well, with parameters, and times in numbers', () =>
      withMoves(async (database, kept) => {
        await database.run('create table counted (id integer, kind text, ms bigint)')
        const rows = Array.from(
          { length: 30 },
          (_, n) => `(${n}, '${n % 2 ? 'x' : 'y'}', ${1777624200000 + n})`,
        )
        await database.run(`insert into counted values ${rows.join(', ')}`)
        const target = targetAt({ url: database.url })
        const connection = await connectTo(target)
        const channel = target.changes('moves', Move, {
          query: sqlText`select id, kind as note, ms from counted where kind = ${'x'}`,
          cursor: { time: 'ms', key: 'id' },
          every: '5ms',
        })
        await runUntil(channel, kept, connection, () => kept.deliveries.length >= 15)
        await connection.close()
        assert.equal(kept.deliveries.length, 15)
        assert.equal(kept.deliveries[0]?.time, 1777624200001)
        assert.deepEqual(kept.data[0], { id: 1, note: 'x' })
      }))

    it('says which column is gone', () =>
      withMoves(async (database, kept) => {
        await database.run('alter table moves rename column note to remark')
        await assert.rejects(read(database, kept, 1), error => {
          assert.match(String(error), /note/)
          return (error as { code: string }).code === 'TARGET-CONTRACT'
        })
      }))

    it('goes through a big table page by page', () =>
      withMoves(async (database, kept) => {
        await database.run(`insert into moves ${series}`)
        let largest = 0
        const accept = kept.accept.bind(kept)
        kept.accept = (...call) => {
          largest = Math.max(largest, call[0].length)
          return accept(...call)
        }
        await read(database, kept, many)
        assert.deepEqual(
          kept.data.map(data => (data as { id: number }).id),
          Array.from({ length: many }, (_, n) => n + 1),
        )
        assert.ok(largest <= 500)
      }))

    it('reads at most one page ahead of what is accepted, and its place stays behind', () =>
      withMoves(async (database, kept) => {
        await database.run(`insert into moves ${series}`)
        const accept = kept.accept.bind(kept)
        kept.accept = async (deliveries, options) => {
          const first = kept.deliveries.length === 0
          if (first) await database.run("update moves set note = 'new' where id > 1000")
          const receipts = await accept(deliveries, options)
          const place = options?.position as { readonly key: unknown } | undefined
          assert.equal(Number(place?.key), kept.deliveries.length)
          return receipts
        }
        const { notes } = await read(database, kept, 2_000, { overlap: '0s' })
        assert.equal(notes.indexOf('new'), 1_000)
        assert.deepEqual(new Set(notes.slice(1_000)), new Set(['new']))
      }))
  })
}
