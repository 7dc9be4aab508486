import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type TSchema, Type } from 'typebox'
import { list, type QueryOptions, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Answer } from '../../src/system/roles.ts'
import { hasCode } from '../../src/testing/sink-suite/scenario.ts'
import {
  connectTo,
  never,
  outgoing,
  products,
  requesterOf,
  type TestDatabase,
  targetAt,
} from './sql-harness.ts'

const Request = model('Request', { version: 1, schema: Type.Object({ ids: Type.Array(Type.Integer()) }) })
const request = { ids: [1, 2, 3] }

for (const product of products) {
  describe(`sql query (${product.name})`, { skip: product.skip }, () => {
    async function ask(
      schema: TSchema,
      options: Pick<QueryOptions<typeof request, unknown>, 'sql' | 'one' | 'limit'>,
      prepare: (database: TestDatabase) => Promise<unknown> = async () => {},
    ): Promise<Answer<unknown>> {
      const database = await product.make()
      await prepare(database)
      const response = model('Response', { version: 1, schema })
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      const channel = target.query('question', { request: Request, response, ...options })
      const [answer] = await requesterOf(connection, channel).ask([outgoing('a', request)], never)
      await connection.close()
      await database.destroy()
      return answer as Answer<unknown>
    }

    const rowsOf = (answer: Answer<unknown>) => {
      if (!answer.ok) throw answer.error
      return answer.result
    }

    it('brings values into the form of the model, without losing a digit', async () => {
      const row = Type.Object({
        count: Type.Integer(),
        big: Type.String(),
        price: Type.String(),
        rate: Type.Number(),
        active: Type.Boolean(),
        doc: Type.Object({ a: Type.Array(Type.Integer()) }),
        absent: Type.Optional(Type.String()),
        none: Type.Union([Type.String(), Type.Null()]),
        bytes: Type.String(),
      })
      const answer = await ask(row, {
        one: true,
        sql: () =>
          product.name === 'MariaDB'
            ? sqlText`select count(*) as count, 9007199254740993 as big, 12.50 as price, 0.25e0 as rate,
                true as active, json_object('a', json_array(1)) as doc, null as absent, null as none, x'00ff' as bytes
                from seq_1_to_3`
            : product.name === 'PostgreSQL'
              ? sqlText`select count(*) as count, 9007199254740993 as big, 12.50::numeric as price, 0.25::numeric as rate,
                true as active, '{"a":[1]}'::jsonb as doc, null as absent, null as none, '\\x00ff'::bytea as bytes
                from generate_series(1, 3)`
              : sqlText`select count(*) as count, 9007199254740993 as big, '12.50' as price, 0.25 as rate,
                1 as active, '{"a":[1]}' as doc, null as absent, null as none, x'00ff' as bytes
                from (select 1 union all select 2 union all select 3)`,
      })
      assert.deepEqual(rowsOf(answer), {
        count: 3,
        big: '9007199254740993',
        price: '12.50',
        rate: 0.25,
        active: true,
        doc: { a: [1] },
        none: null,
        bytes: 'AP8=',
      })
    })

    it('shows times in ISO 8601', async () => {
      if (product.name === 'SQLite') return
      const row = Type.Object({ at: Type.String(), local: Type.String(), day: Type.String() })
      const prepare = async (database: TestDatabase) => {
        if (product.name !== 'MariaDB') return
        await database.run('create table times (at timestamp(6), local datetime, day date)')
        await database.run(
          "insert into times values ('2026-05-01 00:30:00.123456', '2026-05-01 08:30:00', '2026-05-01')",
        )
      }
      const answer = await ask(
        row,
        {
          one: true,
          sql: () =>
            product.name === 'MariaDB'
              ? sqlText`select * from times`
              : sqlText`select '2026-05-01 08:30:00.123456+08'::timestamptz as at,
          '2026-05-01 08:30:00'::timestamp as local, '2026-05-01'::date as day`,
        },
        prepare,
      )
      const { at, ...others } = rowsOf(answer) as { at: string }
      assert.equal(Date.parse(at), Date.UTC(2026, 4, 1, 0, 30, 0, 123))
      assert.match(at, /\.123456(Z|[+-]\d\d:\d\d)$/)
      assert.deepEqual(others, { local: '2026-05-01T08:30:00', day: '2026-05-01' })
    })

    const Ids = Type.Array(Type.Object({ id: Type.Integer() }))
    const table = (database: TestDatabase) => database.run('create table t (id integer)')
    const filled = async (database: TestDatabase) => {
      await table(database)
      await database.run('insert into t values (1), (2), (3), (4)')
    }

    it('answers all rows, also none, and takes lists of values', async () => {
      const sql = ({ ids }: typeof request) =>
        sqlText`select id from t where id in (${list(ids)}) order by id`
      assert.deepEqual(rowsOf(await ask(Ids, { sql }, filled)), [{ id: 1 }, { id: 2 }, { id: 3 }])
      assert.deepEqual(rowsOf(await ask(Ids, { sql }, table)), [])
      const none = () => sqlText`select id from t where id in (${list([])})`
      assert.deepEqual(rowsOf(await ask(Ids, { sql: none }, filled)), [])
    })

    it('refuses more rows than it may answer', async () => {
      const sql = () => sqlText`select id from t`
      const row = Type.Object({ id: Type.Integer() })
      hasCode((await ask(Ids, { sql, limit: 3 }, filled)) as Answer, 'TARGET-CONTRACT')
      hasCode((await ask(row, { sql, one: true }, filled)) as Answer, 'TARGET-CONTRACT')
      assert.match(
        hasCode((await ask(row, { sql, one: true }, table)) as Answer, 'TARGET-REFUSED').message,
        /nothing/,
      )
    })

    it('names what does not fit, not what it is', async () => {
      const sql = () => sqlText`select 'secret' as id`
      const error = hasCode((await ask(Ids, { sql })) as Answer, 'TARGET-CONTRACT')
      assert.match(error.message, /\[0\]\.id must be integer/)
      assert.doesNotMatch(error.message, /secret/)
    })

    it('cannot write', async () => {
      const attempts = [
        sqlText`insert into t values (9) returning id`,
        sqlText`delete from t`,
        sqlText`select id from t); delete from t; select * from (select id from t`,
      ]
      for (const sql of attempts) {
        const answer = await ask(Ids, { sql: () => sql }, filled)
        hasCode(answer as Answer, 'TARGET-CONTRACT')
      }
    })
  })
}
