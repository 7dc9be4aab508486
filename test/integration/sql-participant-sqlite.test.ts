import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { type SqlText, sqlText } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Branch, Participant } from '../../src/system/roles.ts'
import { rejectsWith } from '../../src/testing/participant-suite/scenario.ts'
import { participantOf } from '../conformance/sql-participant-fixture.ts'
import { connectTo, never, sqliteDatabase, type TestDatabase, targetAt } from './sql-harness.ts'

const Any = model('Any', { version: 1, schema: Type.Object({}) })
let count = 0

async function withFile(
  setup: readonly string[],
  use: (
    votes: Participant,
    said: (...sql: readonly SqlText[]) => Branch,
    file: TestDatabase,
  ) => Promise<void>,
  lockTimeout = '100ms',
): Promise<void> {
  const file = await sqliteDatabase()
  for (const text of setup) await file.run(text)
  const target = targetAt({ url: file.url, lockTimeout })
  const channel = target.statement('said', Any, { sql: row => (row as { sql: SqlText[] }).sql })
  const connection = await connectTo(target)
  const said = (...sql: readonly SqlText[]): Branch => {
    const id = `isth:c:g:${++count}:1`
    return { id, effectKey: id, alone: false, work: [{ channel: channel as never, data: { sql } }] }
  }
  await use(participantOf(connection), said, file)
  await connection.close()
  await file.destroy()
}

async function promise(votes: Participant, branch: Branch): Promise<void> {
  assert.equal((await votes.prepare(branch, never)).vote, 'prepared')
}

const lock = /isthmus: a transaction over several systems is prepared/

describe('sql participant (SQLite)', () => {
  it('keeps everybody from changing anything while a branch is prepared', async () => {
    const setup = [
      'create table t (n integer primary key, text text, twice integer generated always as (n * 2) stored)',
      'create table w (k text primary key, v text) without rowid',
      'create table s (n integer) strict',
      'create view v as select n from t',
      'create trigger into_v instead of insert on v begin insert into t (n) values (new.n); end',
      `insert into t (n) values (1)`,
      `insert into w values ('a', 'b')`,
    ]
    await withFile(setup, async (votes, said, file) => {
      const first = said(sqlText`insert into t (n) values (2)`)
      await promise(votes, first)
      const changes = [
        'insert into t (n) values (3)',
        'insert or ignore into t (n) values (3)',
        `insert or replace into t (n, text) values (1, 'x')`,
        `insert into t (n) values (1) on conflict do update set text = 'x'`,
        `update or ignore t set text = 'x'`,
        'delete from t',
        `insert into w values ('c', 'd')`,
        'delete from w',
        'insert into s values (1)',
        'insert into v values (5)',
      ]
      for (const text of changes) await assert.rejects(file.run(text), lock, text)
      // One that attaches the file is no exception.
      const other = await sqliteDatabase()
      await other.run(`attach '${file.url.replace('sqlite:', '')}' as f`)
      await assert.rejects(other.run('insert into f.t (n) values (9)'), lock)
      await other.destroy()
      assert.equal(await votes.end(first.id, 'commit'), 'committed')
      for (const text of changes) await file.run(text)
    })
  })

  it('locks tables too that are new, or have other names', async () => {
    await withFile(['create table t (n integer)'], async (votes, said, file) => {
      for (let time = 0; time < 2; time++) {
        const branch = said(sqlText`insert into t values (1)`)
        await promise(votes, branch)
        const tables = await file.run(
          `select name from sqlite_schema where type = 'table' and name not like 'isthmus%'`,
        )
        for (const { name } of tables) {
          const quoted = `"${String(name).replaceAll('"', '""')}"`
          await assert.rejects(file.run(`insert into ${quoted} values (1)`), lock)
        }
        assert.equal(tables.length, time + 1)
        await votes.end(branch.id, 'commit')
        await file.run(`alter table t rename to "o""ld ${time}"`)
        await file.run('create table t (n integer)')
      }
      const triggers = await file.run(
        `select tbl_name as name, count(*) as n from sqlite_schema where type = 'trigger' group by 1 order by 1`,
      )
      assert.deepEqual(
        triggers.map(({ n }) => n).filter(n => n !== 3),
        [],
      )
    })
  })

  it('does at the commit what it tried, with every kind of value', async () => {
    const setup = [
      'create table t (id integer primary key autoincrement, a, b, c, d, e, f)',
      'create table log (id integer, n integer)',
      'create trigger logged after insert on t begin insert into log values (new.id, (select count(*) from t)); end',
    ]
    await withFile(setup, async (votes, said, file) => {
      const bytes = new Uint8Array([0, 255, 1])
      const values = [9_007_199_254_740_993n, bytes, null, true, 1.5, "it's 中文"] as const
      const [a, b, c, d, e, f] = values
      const branch = said(
        sqlText`insert into t (a, b, c, d, e, f) values (${a}, ${b}, ${c}, ${d}, ${e}, ${f})`,
        sqlText`insert into log values (last_insert_rowid(), ${-1})`,
      )
      await promise(votes, branch)
      assert.deepEqual(await file.run('select * from t'), [])
      assert.equal(await votes.end(branch.id, 'commit'), 'committed')
      const [row] = await file.run('select id, cast(a as text) as a, hex(b) as b, c, d, e, f from t')
      assert.deepEqual({ ...row }, { id: 1, a: '9007199254740993', b: '00FF01', c: null, d: 1, e: 1.5, f })
      const log = await file.run('select id, n from log')
      assert.deepEqual(
        log.map(each => ({ ...each })),
        [
          { id: 1, n: 1 },
          { id: 1, n: -1 },
        ],
      )
    })
  })

  it('refuses in the trial what is checked at a commit', async () => {
    const setup = [
      'create table p (n integer primary key)',
      'create table c (n integer references p deferrable initially deferred)',
      'pragma foreign_keys = off',
      'insert into c values (100)',
    ]
    await withFile(setup, async (votes, said, file) => {
      await rejectsWith(votes.prepare(said(sqlText`insert into c values (1)`), never), 'TARGET-REFUSED')
      // Whatever was wrong before is no matter of the branch.
      const whole = said(sqlText`insert into c values (2)`, sqlText`insert into p values (2)`)
      await promise(votes, whole)
      assert.equal(await votes.end(whole.id, 'commit'), 'committed')
      assert.equal((await file.run('select * from c')).length, 2)
    })
  })

  it('refuses statements that would not be the same again', async () => {
    await withFile(['create table t (n integer)'], async (votes, said) => {
      const refused = [
        sqlText`insert into t values (random())`,
        sqlText`create table x (n integer)`,
        sqlText`pragma user_version = 3`,
        sqlText`commit`,
        sqlText`attach ':memory:' as m`,
      ]
      for (const statement of refused)
        await rejectsWith(votes.prepare(said(statement), never), 'TARGET-CONTRACT')
      await promise(votes, said(sqlText`/* said */ with a as (select 1 as n) insert into t select n from a`))
    })
  })

  it('lets the next branch wait for the end of the first', async () => {
    await withFile(
      ['create table t (n integer)'],
      async (votes, said, file) => {
        const first = said(sqlText`insert into t values (1)`)
        await promise(votes, first)
        const next = said(sqlText`insert into t values (2)`)
        const waiting = promise(votes, next)
        assert.equal(await votes.end(first.id, 'commit'), 'committed')
        await waiting
        await votes.end(next.id, 'commit')
        assert.equal((await file.run('select * from t')).length, 2)
      },
      '20s',
    )
  })

  it('says what keeps a file from taking part', async () => {
    await withFile(['create virtual table f using fts5 (text)'], async votes => {
      assert.match((await votes.unfit()).join(), /Virtual tables \(f\) .* another file/)
    })
    await withFile(['pragma journal_mode = delete'], async votes => {
      assert.deepEqual(await votes.unfit(), [])
    })
    const absent = await connectTo(targetAt({ url: 'sqlite:/nonexistent/file.db' }))
    assert.match((await participantOf(absent).unfit()).join(), /not there/)
    await absent.close()
  })
})
