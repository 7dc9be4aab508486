import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListOptions } from '../../src/connectors/graphql/index.ts'
import { connectionOf, graphqlShop, Kept, runUntil, startShop, Whole } from './graphql-harness.ts'
import { engines } from './graphql-shop.ts'
import { startServer } from './http-harness.ts'

type Row = { n: number; text: string; at: string }

const list: ListOptions<Row> = {
  document: `query ($first: Int!, $after: String, $since: String) {
    rows(first: $first, after: $after, since: $since) { edges { node { n text at } } pageInfo { hasNextPage endCursor } }
  }`,
  at: 'rows',
  id: ({ n }) => String(n),
  every: '5ms',
}
const pieces: ListOptions<Row> = {
  document: 'query ($limit: Int!, $offset: Int!) { pieces(limit: $limit, offset: $offset) { n text at } }',
  at: 'pieces',
  paging: 'offset',
  id: ({ n }) => String(n),
  every: '5ms',
}
const minute = (m: number) => new Date(Date.UTC(2026, 4, 4, 12, m)).toISOString()
const numbers = (kept: Kept) => (kept.data as Row[]).map(({ n }) => n)

for (const engine of engines) {
  test(`${engine}: a list without change times is read whole, and a new content is a new message`, async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const channel = owner.list('rows', Whole, { ...list, size: 2 })
    const connection = await connectionOf(t, owner)
    for (let n = 1; n <= 5; n++) state.put({ n, text: 'a', at: minute(0) })
    const kept = new Kept()
    let changed = false
    await runUntil(connection, channel, kept, () => {
      if (kept.data.length === 5 && !changed) {
        state.rows[2] = { n: 3, text: 'b', at: minute(0) }
        changed = true
      }
      return kept.data.length === 6
    })
    assert.deepEqual(numbers(kept), [1, 2, 3, 4, 5, 3])
    assert.deepEqual(kept.data.at(-1), { n: 3, text: 'b', at: minute(0) })
    assert.equal(kept.at, undefined)
  })

  test(`${engine}: with change times a look asks for what changed, and reaches back`, async t => {
    const { url, state } = await startShop(t, engine)
    const asked: (string | undefined)[] = []
    const owner = graphqlShop({ url })
    const channel = owner.list('rows', Whole, {
      ...list,
      changed: ({ at }) => at,
      overlap: '10m',
      variables({ size, after, since }) {
        asked.push(since)
        return { first: size, after, since }
      },
    })
    const connection = await connectionOf(t, owner, { now: () => Date.UTC(2026, 4, 4, 13) })
    state.put({ n: 1, text: 'old', at: minute(0) })
    state.put({ n: 2, text: 'new', at: minute(30) })
    state.put({ n: 3, text: 'of tomorrow', at: '2026-05-05T12:00:00Z' })
    const kept = new Kept()
    await runUntil(connection, channel, kept, () => asked.length > 1)
    assert.deepEqual(numbers(kept), [1, 2, 3])
    assert.deepEqual(kept.at, { changed: '2026-05-04T13:00:00.000Z' }, 'not beyond the present')
    assert.deepEqual(asked.slice(0, 2), [undefined, '2026-05-04T12:50:00.000Z'])
    state.put({ n: 4, text: 'committed late', at: minute(55) })
    await runUntil(connection, channel, kept, () => kept.data.length === 4)
    assert.deepEqual(numbers(kept), [1, 2, 3, 4])
  })

  test(`${engine}: a record that slips between two pieces of a list is not lost`, async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const channel = owner.list('pieces', Whole, { ...pieces, size: 3, every: '1h' })
    const connection = await connectionOf(t, owner)
    for (let n = 1; n <= 9; n++) state.put({ n, text: 'a', at: minute(0) })
    let pages = 0
    state.paged = () => {
      if (++pages === 2) state.rows.shift()
    }
    const kept = new Kept()
    await runUntil(connection, channel, kept, () => kept.data.length === 9)
    assert.deepEqual(numbers(kept), [1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test(`${engine}: a server that gives shorter pieces than asked for gives all`, async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const channel = owner.list('pieces', Whole, { ...pieces, size: 1000, every: '1h' })
    const connection = await connectionOf(t, owner)
    for (let n = 1; n <= 120; n++) state.put({ n, text: 'a', at: minute(0) })
    const kept = new Kept()
    await runUntil(connection, channel, kept, () => kept.data.length === 120)
  })
}

test('a record that cannot be told apart is set aside, and the others come', async t => {
  const { url, state } = await startShop(t, 'yoga')
  const owner = graphqlShop({ url })
  const id = ({ text }: Row) => {
    if (text === 'bad') throw new Error('no key in it')
    return text
  }
  const channel = owner.list('rows', Whole, { ...list, id })
  const connection = await connectionOf(t, owner)
  for (const [index, text] of ['a', 'bad', '', 'b'].entries()) state.put({ n: index, text, at: minute(0) })
  const kept = new Kept()
  await runUntil(connection, channel, kept, () => kept.deliveries.length === 4)
  assert.deepEqual(
    kept.deliveries.map(({ defect }) => defect),
    [undefined, 'its id cannot be read: no key in it', 'its id is no text, or empty', undefined],
  )
  const [, defect] = kept.deliveries
  assert.deepEqual(JSON.parse(String(defect?.body)), { n: 1, text: 'bad', at: minute(0) })
})

test('a list that cannot be read to its end ends the source, and moves no position', async t => {
  const page = (pageInfo: object, node: object | null = { n: 1, text: '', at: minute(0) }) => ({
    data: { rows: { edges: [{ node }], pageInfo } },
  })
  const answers: [object, string, RegExp][] = [
    [page({ hasNextPage: true, endCursor: 'x' }), 'TARGET-CONTRACT', /go round in circles/],
    [page({ hasNextPage: true, endCursor: null }), 'TARGET-CONTRACT', /go round in circles/],
    [{ data: { rows: null } }, 'TARGET-CONTRACT', /holds no connection/],
    [
      { ...page({ hasNextPage: false }), errors: [{ message: 'half', path: ['rows'] }] },
      'TARGET-UNANSWERED',
      /half/,
    ],
    [
      page({ hasNextPage: false }, { n: 1, text: '', at: '2026-05-04T12:00:00' }),
      'TARGET-CONTRACT',
      /no time with a zone/,
    ],
  ]
  let next: object = {}
  const { url } = await startServer(t, (_, response) => void response.end(JSON.stringify(next)))
  const owner = graphqlShop({ url })
  const channel = owner.list('rows', Whole, { ...list, changed: ({ at }) => at })
  const told: unknown[] = []
  const turn = async () => (error?: unknown) => void told.push(error)
  const connection = await connectionOf(t, owner, { turn })
  for (const [answer, code, message] of answers) {
    next = answer
    const kept = new Kept()
    await assert.rejects(
      runUntil(connection, channel, kept, () => false),
      { code, message },
    )
    assert.equal(kept.at, undefined)
  }
  assert.equal(
    told.filter(error => error !== undefined).length,
    1,
    'only what failed as a call counts as one',
  )
})

test('nulls among the nodes of a connection are what we may not see', async t => {
  const node = { n: 2, text: 'seen', at: minute(0) }
  const { url } = await startServer(t, (_, response) => {
    const edges = [null, { node: null }, { node }]
    response.end(JSON.stringify({ data: { rows: { edges, pageInfo: { hasNextPage: false } } } }))
  })
  const owner = graphqlShop({ url })
  const channel = owner.list('rows', Whole, list)
  const connection = await connectionOf(t, owner)
  const kept = new Kept()
  await runUntil(connection, channel, kept, () => kept.data.length > 0)
  assert.deepEqual(kept.data, [node])
})

test('a position of something else is not taken for one of a list', async t => {
  const owner = graphqlShop({ url: 'http://127.0.0.1:1/' })
  const channel = owner.list('rows', Whole, { ...list, changed: ({ at }) => at })
  const connection = await connectionOf(t, owner)
  const kept = new Kept()
  kept.at = { offset: 7 }
  await assert.rejects(
    runUntil(connection, channel, kept, () => false),
    { code: 'SOURCE-FAILED' },
  )
})
