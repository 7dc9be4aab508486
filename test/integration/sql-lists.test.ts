import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Answer } from '../../src/system/roles.ts'
import { allOk, hasCode } from '../../src/testing/sink-suite/scenario.ts'
import { withoutPostgres } from '../recovery/postgres-fixture.ts'
import {
  connectTo,
  never,
  outgoing,
  postgresDatabase,
  sinkOf,
  type TestDatabase,
  targetAt,
} from './sql-harness.ts'

interface Value {
  readonly n: number
  readonly v: unknown
}

const Value = model('Value', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), v: Type.Unknown() }),
})

/** What a column of each type takes; `null` and the empty text are tried everywhere. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  text: [
    'NULL',
    'null',
    '{}',
    '{a,"b"}',
    'back\\slash',
    'quote " and \'',
    ' blank ',
    '物料\n4711',
    true,
    1.5,
  ],
  'varchar(5)': ['abc', 'abcde   ', 'abcdef'],
  'char(3)': ['a', 'abc', 'abcd'],
  'bit(4)': ['1010', '10'],
  'numeric(6,2)': ['12.345', 12.5, '1e3', 1e21, 7n],
  integer: ['17', 17, '1.5', '3000000000'],
  bigint: ['9007199254740993', 9007199254740993n],
  'double precision': [0.1, '1e300', 'NaN'],
  boolean: [true, 'f', 'maybe'],
  date: ['2026-05-01', new Date(0)],
  timestamptz: ['2026-05-01T08:30:00.123456+08:00', new Date(1)],
  uuid: ['6fa7d3ac-0000-4000-8000-000000000000'],
  json: ['{"a": [1]}', { a: ['"', null] }, [1, 'x']],
  jsonb: ['{"a": [1]}', { a: ['"', null] }],
  bytea: ['\\x00ff', 'a"b', new Uint8Array([0, 34, 92, 255])],
  'text[]': ['{a,b}', '{"a b",NULL}'],
  box: ['((0,0),(1,1))'],
  mood: ['good', 'none'],
  small: [3, 11],
}

describe('sql sink of lists for each column, in PostgreSQL', { skip: withoutPostgres }, () => {
  for (const [type, given] of Object.entries(values))
    it(`puts the same into a column of ${type} as row by row`, () =>
      withDatabase(async database => {
        await database.run("create type mood as enum ('good', 'bad')")
        await database.run('create domain small as integer check (value < 10)')
        for (const table of ['listed', 'plain'])
          await database.run(`create table ${table} (n integer, v ${type})`)
        const target = targetAt({ url: database.url })
        const connection = await connectTo(target)
        const listed = sinkOf(connection, target.table('l', Value, { table: 'listed', mode: 'insert' }))
        const n = ({ n }: Value) => sqlText`${n}`
        const columns = { n, v: 'v' } as const
        const plain = sinkOf(
          connection,
          target.table('p', Value, { table: 'plain', mode: 'insert', columns }),
        )
        const all = [...given, null, ''].map((v, n) => ({ n, v }))
        // Each alone: a batch with a bad row is written row by row.
        const write = async (sink: typeof listed, name: string) => {
          const codes: string[] = []
          for (const each of all)
            codes.push(...(await sink.write([outgoing(`${name}${each.n}`, each)], never)).map(codeOf))
          return codes
        }
        assert.deepEqual(await write(listed, 'l'), await write(plain, 'p'))
        const rows = (table: string) => database.run(`select n, v::text as v from ${table} order by n`)
        assert.deepEqual(await rows('listed'), await rows('plain'))
        await connection.close()
      }))

  it('goes on with a column whose type was changed, and names the column that refuses', () =>
    withDatabase(async database => {
      await database.run('create table changing (n integer, v integer)')
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      const sink = sinkOf(connection, target.table('c', Value, { table: 'changing', mode: 'insert' }))
      const write = (n: number, v: unknown) => sink.write([outgoing(`${n}`, { n, v })], never)
      allOk(await write(1, 1))
      await database.run('alter table changing alter v type bigint')
      allOk(await write(2, 3_000_000_000))
      allOk(await write(3, 3_000_000_000))
      const [refused] = await write(4, 'none')
      hasCode(refused, 'TARGET-REFUSED')
      assert.match(String(refused?.ok === false && refused.error), /column "v"/)
      await connection.close()
    }))

  it('is one statement, and one transaction, for a batch of any size', () =>
    withDatabase(async database => {
      await database.run('create table counted (n integer, v text)')
      await database.run('create table statements (rows integer)')
      await database.run(`create function count_rows() returns trigger language plpgsql as
        'begin insert into statements select count(*) from added; return null; end'`)
      await database.run(`create trigger counting after insert on counted
        referencing new table as added for each statement execute function count_rows()`)
      const target = targetAt({ url: database.url })
      const connection = await connectTo(target)
      const sink = sinkOf(connection, target.table('c', Value, { table: 'counted', mode: 'insert' }))
      const items = Array.from({ length: 333 }, (_, n) => outgoing(`${n}`, { n, v: 'x' }))
      allOk(await sink.write(items, never))
      assert.deepEqual(await database.run('select rows from statements'), [{ rows: 333 }])
      await connection.close()
    }))
})

const codeOf = (answer: Answer): string => (answer.ok ? 'ok' : (answer.error as { code: string }).code)

async function withDatabase(use: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await postgresDatabase()
  try {
    await use(database)
  } finally {
    await database.destroy()
  }
}
