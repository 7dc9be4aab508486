import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { out, type SqlChannels, sql } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import type { AnyChannel } from '../../src/system/channel.ts'
import { irreversible, read } from '../../src/system/effect.ts'
import type { Answer, Requester, Sink } from '../../src/system/roles.ts'
import { allOk, hasCode } from '../../src/testing/sink-suite/scenario.ts'
import { startProxy } from '../recovery/postgres-proxy.ts'
import {
  connectTo,
  never,
  outgoing,
  products,
  requesterOf,
  sinkOf,
  sqliteDatabase,
  type TestDatabase,
  targetAt,
} from './sql-harness.ts'

const Text = Type.String()
const Issue = model('Issue', { version: 1, schema: Type.Object({ material: Text, quantity: Text }) })
const Posted = model('Posted', { version: 1, schema: Type.Object({ no: Type.Integer(), left: Text }) })
const Wrong = model('Wrong', { version: 1, schema: Type.Object({ absent: Text }) })
const Moves = model('Moves', {
  version: 1,
  schema: Type.Array(Type.Object({ material: Text, quantity: Text })),
})
const Sets = model('Sets', { version: 1, schema: Type.Array(Type.Array(Type.Object({ n: Type.Integer() }))) })

const tables = [
  'create table stock (material varchar(20) primary key, quantity decimal(20,2) check (quantity >= 0))',
  'create table moves (no integer, material varchar(20), quantity decimal(20,2))',
  "insert into stock values ('bolt', 100)",
]

const routines = {
  PostgreSQL: [
    `create procedure post_issue(m varchar, q numeric, inout no integer, inout rest numeric) language plpgsql as $$
      begin
        insert into moves select coalesce(max(moves.no), 0) + 1, m, q from moves returning moves.no into no;
        update stock set quantity = quantity - q where material = m returning quantity into rest;
      end $$`,
    `create procedure commits(m varchar, q numeric) language plpgsql as $$
      begin insert into moves values (0, m, q); commit; insert into moves values (1, m, q / 0); end $$`,
    `create function moves_of(m varchar) returns table (material varchar, quantity numeric) language sql as
      $$ select material, quantity from moves where material = m order by no $$`,
  ],
  MariaDB: [
    `create procedure post_issue(m varchar(20), q decimal(20,2), out no integer, out rest decimal(20,2))
      begin
        select coalesce(max(moves.no), 0) + 1 into no from moves;
        insert into moves values (no, m, q);
        update stock set quantity = quantity - q where material = m;
        select quantity into rest from stock where material = m;
      end`,
    `create procedure commits(m varchar(20), q decimal(20,2))
      begin insert into moves values (0, m, q); commit; signal sqlstate '45000' set message_text = 'late'; end`,
    `create procedure moves_of(m varchar(20))
      begin select material, quantity from moves where material = m order by no; end`,
    'create procedure two_sets() begin select 1 as n union all select 2; select 3 as n; end',
  ],
}

const postIssue = (target: SqlChannels) =>
  target.procedure('post-issue', {
    procedure: 'post_issue',
    request: Issue,
    arguments: ({ material, quantity }) => [material, quantity, out('no'), out('left')],
    response: Posted,
  })

for (const product of products.filter(({ name }) => name !== 'SQLite'))
  describe(`sql procedure (${product.name})`, { skip: product.skip }, () => {
    async function withRoutines(
      channelOf: (target: SqlChannels) => AnyChannel,
      use: (bench: {
        database: TestDatabase
        requester: Requester
        sink: Sink
        issue: (key: string, quantity: string) => Promise<Answer<unknown> | undefined>
      }) => Promise<void>,
      urlOf = async (url: string) => url,
    ): Promise<void> {
      const database = await product.make()
      for (const text of [...tables, ...routines[product.name as keyof typeof routines]])
        await database.run(text)
      const target = targetAt({ url: await urlOf(database.url) })
      const connection = await connectTo(target)
      const channel = channelOf(target)
      const requester = channel.role === 'requester' ? requesterOf(connection, channel) : (undefined as never)
      const sink = channel.role === 'sink' ? sinkOf(connection, channel) : (undefined as never)
      const issue = async (key: string, quantity: string) => {
        const items = [outgoing(key, { material: 'bolt', quantity })]
        return (await (requester ? requester.ask(items, never) : sink.write(items, never)))[0]
      }
      try {
        await use({ database, requester, sink, issue })
      } finally {
        await connection.close()
        await database.destroy()
      }
    }

    const movesIn = async (database: TestDatabase) => (await database.run('select * from moves')).length

    it('happens once, and answers a repeat what it answered at first', () =>
      withRoutines(postIssue, async ({ database, requester, issue }) => {
        const first = await issue('a', '30.5')
        assert.deepEqual(first, { ok: true, result: { no: 1, left: '69.50' } })
        assert.deepEqual(await issue('b', '9.50'), { ok: true, result: { no: 2, left: '60.00' } })
        assert.deepEqual(await issue('a', '30.5'), first)
        assert.equal(await movesIn(database), 2)
        const probe = requester.probe as NonNullable<Requester['probe']>
        const item = (key: string) => outgoing(key, {})
        assert.deepEqual(await probe(item('a'), never), { outcome: 'done', result: { no: 1, left: '69.50' } })
        assert.deepEqual(await probe(item('x'), never), { outcome: 'absent' })
      }))

    it('does nothing when it is refused within, or answers what its model does not allow', () =>
      withRoutines(postIssue, async ({ database, issue }) => {
        hasCode((await issue('a', '1000')) as Answer, 'TARGET-REFUSED')
        assert.equal(await movesIn(database), 0)
        const target = targetAt({ url: database.url })
        const connection = await connectTo(target)
        const wrong = target.procedure('wrong', {
          procedure: 'post_issue',
          request: Issue,
          arguments: ({ material, quantity }) => [material, quantity, out('no'), out('left')],
          response: Wrong,
        })
        const [answer] = await requesterOf(connection, wrong).ask(
          [outgoing('w', { material: 'bolt', quantity: '1' })],
          never,
        )
        hasCode(answer as Answer, 'TARGET-CONTRACT')
        await connection.close()
        assert.equal(await movesIn(database), 0)
        assert.equal((await database.run('select * from isthmus_effects')).length, 0)
      }))

    it('finds the answer of a call whose commit was not answered', async () => {
      let proxy: Awaited<ReturnType<typeof startProxy>> | undefined
      const mariadb = product.name === 'MariaDB'
      await withRoutines(
        postIssue,
        async ({ database, issue }) => {
          assert.ok(proxy)
          allOk([(await issue('a', '1')) as Answer])
          const broken = proxy.next('unanswered', mariadb ? 'xa commit' : 'commit\0')
          assert.deepEqual(await issue('b', '2'), { ok: true, result: { no: 2, left: '97.00' } })
          await broken
          assert.equal(await movesIn(database), 2)
        },
        async url => {
          proxy = mariadb ? await startProxy(url, () => true) : await startProxy(url)
          return proxy.url
        },
      )
      await proxy?.close()
    })

    it('is a sink without a response', () =>
      withRoutines(
        target =>
          target.procedure('post', {
            procedure: 'post_issue',
            request: Issue,
            arguments: ({ material, quantity }) => [material, quantity, out('no'), out('left')],
          }),
        async ({ database, issue, sink }) => {
          for (let time = 0; time < 2; time++) allOk([(await issue('a', '1')) as Answer])
          assert.equal(await movesIn(database), 1)
          assert.equal((await sink.probe?.(outgoing('a', {}), never))?.outcome, 'done')
        },
      ))

    it('lets no procedure commit within, and says how it is to be declared', () =>
      withRoutines(
        target =>
          target.procedure('commits', {
            procedure: 'commits',
            request: Issue,
            arguments: ({ material, quantity }) => [material, quantity],
          }),
        async ({ database, issue }) => {
          const error = hasCode((await issue('a', '1')) as Answer, 'TARGET-CONTRACT')
          assert.equal(error.fate, 'pause')
          assert.match(error.message, /declare its effect/)
          assert.equal(await movesIn(database), 0)
        },
      ))

    it('is in doubt when a procedure that commits by itself fails', () =>
      withRoutines(
        target =>
          target.procedure('commits', {
            procedure: 'commits',
            request: Issue,
            arguments: ({ material, quantity }) => [material, quantity],
            effect: irreversible,
          }),
        async ({ database, issue, sink }) => {
          hasCode((await issue('a', '1')) as Answer, 'TARGET-UNANSWERED')
          assert.equal(await movesIn(database), 1)
          assert.equal(sink.probe, undefined)
        },
      ))

    it('answers rows', () =>
      withRoutines(
        target =>
          target.procedure('moves', {
            procedure: 'moves_of',
            request: Issue,
            arguments: ({ material }) => [material],
            isFunction: product.name === 'PostgreSQL',
            response: Moves,
            returns: 'rows',
            effect: read,
          }),
        async ({ database, issue }) => {
          await database.run("insert into moves values (1, 'bolt', 1.5), (2, 'bolt', 2), (3, 'nut', 3)")
          const expected = [
            { material: 'bolt', quantity: '1.50' },
            { material: 'bolt', quantity: '2.00' },
          ]
          assert.deepEqual(await issue('a', '0'), { ok: true, result: expected })
        },
      ))

    it('answers several result sets', { skip: product.name !== 'MariaDB' && 'PostgreSQL has one' }, () =>
      withRoutines(
        target =>
          target.procedure('two', { procedure: 'two_sets', request: Issue, response: Sets, returns: 'sets' }),
        async ({ issue }) => {
          assert.deepEqual(await issue('a', '0'), { ok: true, result: [[{ n: 1 }, { n: 2 }], [{ n: 3 }]] })
        },
      ),
    )

    it('pauses for a procedure that is not there', () =>
      withRoutines(
        target => target.procedure('absent', { procedure: 'absent', request: Issue, effect: irreversible }),
        async ({ issue }) => {
          assert.equal(hasCode((await issue('a', '1')) as Answer, 'TARGET-CONTRACT').fate, 'pause')
        },
      ))
  })

it('tells that SQLite has no procedures', async () => {
  const database = await sqliteDatabase()
  const target = targetAt({ url: database.url })
  const connection = await connectTo(target)
  assert.throws(() => requesterOf(connection, postIssue(target)), { code: 'CONFIG-INVALID' })
  await connection.close()
  await database.destroy()
})

it('refuses a procedure of its own effect that claims to be probed', () => {
  const channels = sql({ url: 'x.db' }).channels('erp')
  const effect = { kind: 'irreversible', probe: true } as const
  assert.throws(() => channels.procedure('p', { procedure: 'p', request: Issue, effect }), {
    code: 'FLOW-DEFINITION',
  })
})
