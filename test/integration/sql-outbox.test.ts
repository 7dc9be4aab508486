import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { type OutboxOptions, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import { Kept, runUntil } from './files-harness.ts'
import { connectTo, products, type TestDatabase, targetAt } from './sql-harness.ts'

const Note = model('Note', { version: 1, schema: Type.Object({ note: Type.String() }) })

for (const product of products) {
  describe(`sql outbox (${product.name})`, { skip: product.skip }, () => {
    async function withOutbox(use: (database: TestDatabase, kept: Kept) => Promise<void>): Promise<void> {
      const database = await product.make()
      const types = {
        PostgreSQL: ['jsonb', 'timestamptz'],
        SQLite: ['text', 'text'],
        MariaDB: ['json', 'datetime'],
      }
      const [json, time] = types[product.name]
      await database.run(
        `create table outbox (id bigint primary key, kind text, payload ${json}, at ${time}, sent ${time})`,
      )
      await use(database, new Kept())
      await database.destroy()
    }

    async function read(
      database: TestDatabase,
      kept: Kept,
      count: number,
      options: Partial<OutboxOptions> = {},
    ) {
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      const channel = target.outbox('notes', Note, {
        table: 'outbox',
        id: 'id',
        payload: 'payload',
        every: '5ms',
        ...options,
      })
      await runUntil(channel, kept, connection, () => kept.deliveries.length >= count)
      await connection.close()
      const decode = channel.decode as (body: Uint8Array) => unknown
      return kept.deliveries.map(({ body }) => (decode(body as Uint8Array) as { note: string }).note)
    }

    const put = (id: number, note: string, kind = 'note') =>
      `insert into outbox (id, kind, payload, at) values (${id}, '${kind}', '{"note":"${note}"}', '2026-05-01 08:00:00${product.name === 'MariaDB' ? '' : 'Z'}')`

    it('finds a row with a lower id that was committed later', () =>
      withOutbox(async (database, kept) => {
        if (product.name === 'SQLite') return
        const late = await database.session()
        await late.run('begin')
        await late.run(put(1, 'late'))
        await database.run(put(2, 'quick'))
        assert.deepEqual(await read(database, kept, 1), ['quick'])
        await late.run('commit')
        await late.end()
        assert.deepEqual(await read(database, kept, 2), ['quick', 'late'])
        assert.equal((await database.run('select * from outbox')).length, 0)
      }))

    it('marks rows instead, where it is told to, and tells when they happened', () =>
      withOutbox(async (database, kept) => {
        for (const id of [3, 1, 2]) await database.run(put(id, `n${id}`))
        const options = { done: { mark: 'sent' }, time: 'at' }
        assert.deepEqual(await read(database, kept, 3, options), ['n1', 'n2', 'n3'])
        const rows = await database.run('select * from outbox where sent is not null')
        assert.equal(rows.length, 3)
        assert.equal(kept.deliveries[0]?.time, Date.UTC(2026, 4, 1, 8))
        await database.run(put(4, 'n4'))
        assert.deepEqual(await read(database, kept, 4, options), ['n1', 'n2', 'n3', 'n4'])
      }))

    it('leaves the rows of others alone', () =>
      withOutbox(async (database, kept) => {
        await database.run(put(1, 'mine'))
        await database.run(put(2, 'theirs', 'other'))
        await database.run(put(3, 'mine too'))
        assert.deepEqual(await read(database, kept, 2, { where: sqlText`kind = ${'note'}` }), [
          'mine',
          'mine too',
        ])
        assert.equal((await database.run('select * from outbox')).length, 1)
      }))

    it('keeps what is not accepted', () =>
      withOutbox(async (database, kept) => {
        await database.run(put(1, 'a'))
        const accept = kept.accept.bind(kept)
        kept.accept = async () => {
          throw new Error('the disk is full')
        }
        await assert.rejects(read(database, kept, 1), /the disk is full/)
        assert.equal((await database.run('select * from outbox')).length, 1)
        kept.accept = accept
        assert.deepEqual(await read(database, kept, 1), ['a'])
      }))

    it('stops when what is accepted cannot be taken away, and delivers it under the same identity', () =>
      withOutbox(async (database, kept) => {
        await database.run(put(1, 'a'))
        const options = { done: { mark: 'absent' } }
        await assert.rejects(read(database, kept, 2, options), { code: 'TARGET-CONTRACT' })
        await read(database, kept, 1)
        assert.deepEqual(
          kept.deliveries.map(({ id }) => id),
          ['1'],
        )
      }))
  })
}
