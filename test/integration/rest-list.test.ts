import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { HttpClient } from '../../src/connectors/http/client.ts'
import { targetOf } from '../../src/connectors/http/target.ts'
import type { ListOptions } from '../../src/connectors/rest/index.ts'
import { listLook } from '../../src/connectors/rest/list.ts'
import type { Delivery, Position } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { ConnectContext } from '../../src/system/connector.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { contextOf, noon, shop, startServer } from './http-harness.ts'
import { ListServer, type Row } from './rest-lists.ts'

const RowModel = model('Row', {
  version: 1,
  schema: Type.Object({ id: Type.Integer(), text: Type.String(), changed: Type.Integer() }),
})

type Options = Partial<ListOptions<Row>> & Pick<ListOptions<Row>, 'path'>

const since = { parameter: 'since', time: (row: Row) => row.changed }

const styles: Readonly<Record<string, Options>> = {
  'a whole list': { path: '/whole' },
  'numbered pages': { path: '/pages', records: '/data', pages: { by: 'page' } },
  'numbered pages with a total': {
    path: '/pages',
    records: '/data',
    pages: { by: 'page', total: '/meta/total' },
  },
  offsets: { path: '/offsets', records: '/items', pages: { by: 'offset', parameter: 'skip' } },
  'offsets with a total': {
    path: '/offsets',
    records: '/items',
    pages: { by: 'offset', parameter: 'skip', total: answer => (answer as { count: number }).count },
  },
  cursors: {
    path: '/cursors',
    records: '/rows',
    pages: { by: 'cursor', parameter: 'after', cursor: '/next~1cursor' },
  },
  'a Link header': { path: '/links', pages: { by: 'link' } },
  'addresses in the body': { path: '/nexts', records: '/value', pages: { by: 'next', next: '/next' } },
}

async function startLists(t: TestContext, size: number): Promise<ListServer> {
  const server = new ListServer(size)
  await server.up()
  t.after(() => server.down())
  return server
}

/** Something that looks at a list as the source does, one look at a time. */
function looker(t: TestContext, url: string, options: Options, over: Partial<ConnectContext> = {}) {
  const context = contextOf({ now: () => noon, ...over })
  const client = new HttpClient(targetOf(url, 'shop'), {}, context)
  t.after(() => client.close())
  const channel = shop({ url }).list('rows', RowModel, { key: row => row.id, ...options })
  const look = listLook(channel, client, context)
  const seen = new Set<string>()
  let mark: Position | undefined
  /** What is new to somebody who remembers everything. */
  return async (): Promise<Row[]> => {
    const fresh: Delivery[] = []
    for await (const { deliveries, mark: next } of look(mark, new AbortController().signal)) {
      fresh.push(...deliveries.filter(({ id }) => !seen.has(id)))
      for (const { id } of deliveries) seen.add(id)
      mark = next ?? mark
    }
    const once = new Map(fresh.map(delivery => [delivery.id, delivery.data as Row]))
    return [...once.values()]
  }
}

function rows(first: number, last: number): Row[] {
  return Array.from({ length: last - first + 1 }, (_, n) => row(first + n))
}

function row(id: number, changed = noon - 3_600_000 + id * 1000): Row {
  return { id, text: `row ${id} of ${changed}`, changed }
}

const idsOf = (found: readonly Row[]) => found.map(({ id }) => id).sort((a, b) => a - b)

test('numbered pages of a list in which nothing moves are asked for once', async t => {
  const server = await startLists(t, 5)
  server.rows = rows(1, 12)
  const pages = async (more: object) => {
    const { path, records } = styles['numbered pages'] as Options
    const look = looker(t, server.url, { path, records, pages: { by: 'page', ...more } })
    server.asked.length = 0
    assert.deepEqual(await look(), rows(1, 12))
    return server.asked.map(address => Number(/page=(\d+)/.exec(address)?.[1]))
  }
  assert.deepEqual(await pages({}), [1, 2, 1, 3, 2, 4, 3])
  assert.deepEqual(await pages({ moves: false }), [1, 2, 3, 4])
  assert.deepEqual(await pages({ moves: false, total: '/meta/total' }), [1, 2, 3])
})

for (const [style, options] of Object.entries(styles)) {
  test(`${style}: every row is found, however many there are`, async t => {
    const server = await startLists(t, 5)
    for (const count of [0, 1, 4, 5, 6, 10, 23]) {
      server.rows = rows(1, count)
      const look = looker(t, server.url, options)
      assert.deepEqual(await look(), rows(1, count), `${count} rows`)
      assert.deepEqual(await look(), [])
      server.put(row(2, noon - 1), row(99))
      assert.deepEqual(idsOf(await look()), [2, 99])
    }
  })

  test(`${style}: only what changed is asked for, with what may have been late`, async t => {
    const server = await startLists(t, 5)
    server.rows = rows(1, 1400)
    const look = looker(t, server.url, { ...options, since, query: { sort: 'changed' } })
    assert.equal((await look()).length, 1400)
    server.asked.length = 0
    server.put(row(1401), row(3, noon - 3_600_000 + 1_399_000))
    server.put(row(1402, noon - 3_600_000 + 1_200_000))
    assert.deepEqual(idsOf(await look()), [3, 1401, 1402])
    const from = encodeURIComponent(new Date(noon - 3_600_000 + 1_400_000 - 300_000).toISOString())
    for (const address of server.asked) {
      assert.ok(address.includes(`since=${from}`), address)
      assert.ok(address.includes('sort=changed'), address)
    }
    assert.ok(server.asked.length < 200)
  })

  test(`${style}: nothing is lost from a list that changes while it is read`, async t => {
    const server = await startLists(t, 4)
    for (let seed = 1; seed <= 24; seed++) {
      const random = new SeededRandom(seed)
      server.rows = rows(1, 30)
      const touched = new Set<number>()
      let id = 30
      let time = noon - 3_000_000
      let quiet = 0
      server.before = () => {
        // It calms down at last, as lists do.
        if (random.pick([true, false, false]) || ++quiet > 25) return
        const victim = random.pick(server.rows as [Row])
        touched.add(victim.id)
        const what = random.pick(['remove', 'change', 'append'] as const)
        if (what === 'remove') server.remove(victim.id)
        else if (what === 'change') server.put(row(victim.id, ++time))
        else server.put(row(++id, ++time))
      }
      const look = looker(t, server.url, seed % 2 === 0 ? options : { ...options, since })
      const found = new Map((await look()).map(each => [each.id, each]))
      const still = server.rows.filter(each => !touched.has(each.id) && each.id <= 30)
      for (const each of still) assert.deepEqual(found.get(each.id), each, `seed ${seed}, row ${each.id}`)
      // And what came or changed is found by the next look, if not by this one.
      server.before = () => {}
      for (const each of await look()) found.set(each.id, each)
      for (const each of server.rows)
        assert.deepEqual(found.get(each.id), each, `seed ${seed}, row ${each.id}`)
    }
  })
}

test('a row that moves out of reach between two pages is found, by numbers and by offsets', async t => {
  for (const style of ['numbered pages', 'offsets', 'offsets with a total'] as const) {
    const server = await startLists(t, 5)
    server.rows = rows(1, 13)
    let requests = 0
    server.before = () => {
      if (++requests === 2) server.remove(1, 2, 5)
    }
    const found = await looker(t, server.url, styles[style] as Options)()
    assert.deepEqual(idsOf(found), idsOf(rows(1, 13)), style)
  }
})

test('a list that never holds still is given up, and its mark is not moved', async t => {
  const server = await startLists(t, 2)
  server.rows = rows(1, 40)
  let time = noon - 1_000_000
  server.before = () => {
    server.rows = server.rows.map(({ id }) => row(id, ++time))
  }
  const marks: unknown[] = []
  const context = contextOf({ now: () => noon })
  const client = new HttpClient(targetOf(server.url, 'shop'), {}, context)
  t.after(() => client.close())
  const channel = shop({ url: server.url }).list('rows', RowModel, {
    ...styles.offsets,
    since,
  } as ListOptions<Row>)
  await assert.rejects(
    async () => {
      for await (const { mark } of listLook(
        channel,
        client,
        context,
      )(undefined, new AbortController().signal))
        marks.push(mark)
    },
    { code: 'SOURCE-FAILED', message: /changes faster/ },
  )
  assert.deepEqual([...new Set(marks)], [undefined])
})

test('a time in the future does not hide what is yet to come, and a second change within one tick is found', async t => {
  const server = await startLists(t, 50)
  server.rows = [row(1), row(2, noon + 86_400_000)]
  const look = looker(t, server.url, { ...styles['a whole list'], since } as Options)
  assert.equal((await look()).length, 2)
  server.put(row(3, noon - 1000))
  server.put({ ...row(2, noon + 86_400_000), text: 'again' })
  assert.deepEqual((await look()).map(({ text }) => text).sort(), ['again', row(3, noon - 1000).text])
})

test('times are written as the system wants them', async t => {
  const server = await startLists(t, 50)
  server.rows = [row(1, noon - 5500)]
  const format = (time: number) => Math.floor(time / 1000)
  const look = looker(t, server.url, { path: '/whole', since: { ...since, overlap: '0ms', format } })
  await look()
  await look()
  assert.equal(server.asked.at(-1), `/api/whole?since=${(noon - 6000) / 1000}`)
})

async function lookAt(
  t: TestContext,
  body: string | ((path: string) => string),
  options: Partial<ListOptions<Row>> = {},
  headers: Record<string, string> = {},
  over: Partial<ConnectContext> = {},
) {
  const { url, received } = await startServer(t, (request, response) =>
    response.writeHead(200, headers).end(typeof body === 'string' ? body : body(request.url ?? '')),
  )
  return { look: looker(t, url, { path: '/rows', ...options }, over), received, url }
}

test('records come as they are: exact numbers, and what does not fit its model', async t => {
  const { look } = await lookAt(t, '[{"id":9007199254740993123,"price":0.1},{"text":null},"text",null,[1]]', {
    key: each => each.text.trim(),
    since,
  })
  assert.deepEqual(await look(), [
    { id: '9007199254740993123', price: 0.1 },
    { text: null },
    'text',
    null,
    [1],
  ])
})

test('records without a key are known by what they say, in whatever order they say it', async t => {
  let n = 0
  const bodies = ['[{"id":1,"text":"a"}]', '[{"text":"a","id":1}]', '[{"text":"b","id":1}]']
  const { look } = await lookAt(t, () => bodies[n++] ?? '', { key: undefined })
  assert.equal((await look()).length, 1)
  assert.equal((await look()).length, 0)
  assert.equal((await look()).length, 1)
})

const elsewhere = [
  'http://127.0.0.1:1/rows',
  '//other.example/rows',
  'https://127.0.0.1/rows',
  'file:///etc/passwd',
  'http://[',
]
for (const next of elsewhere) {
  test(`a page at ${next} is not asked for`, async t => {
    const byBody = await lookAt(t, JSON.stringify({ list: [], next }), {
      records: '/list',
      pages: { by: 'next', next: '/next' },
    })
    await assert.rejects(byBody.look(), { code: 'SOURCE-FAILED', message: /not below the url/ })
    assert.equal(byBody.received.length, 1)
    const byHeader = await lookAt(t, '[]', { pages: { by: 'link' } }, { link: `<${next}>; rel=next` })
    await assert.rejects(byHeader.look(), { code: 'SOURCE-FAILED' })
    assert.equal(byHeader.received.length, 1)
  })
}

for (const [what, body, options, message] of [
  [
    'leads in a circle',
    '{"l":[1],"next":"?page=2"}',
    { records: '/l', pages: { by: 'next', next: '/next' } },
    /circle/,
  ],
  [
    'leads nowhere',
    '{"l":[1],"next":{}}',
    { records: '/l', pages: { by: 'next', next: '/next' } },
    /no text/,
  ],
  ['does not know the page', '[1,2]', { pages: { by: 'page' } }, /same page again.*"page"/],
  ['does not know the offset', '[1,2]', { pages: { by: 'offset' } }, /same page again.*"offset"/],
  ['has no list', '{"rows":{}}', { records: '/rows' }, /without a list/],
  ['has no such member', '{"rows":[]}', { records: '/data/rows' }, /without a list/],
  ['is no JSON', '[1,', {}, /cannot be read/],
  ['is empty', '', {}, /without a list/],
  [
    'counts in words',
    '{"l":[1],"n":"many"}',
    { records: '/l', pages: { by: 'page', total: '/n' } },
    /no number/,
  ],
  [
    'cannot be read by a function',
    '[]',
    {
      records: () => {
        throw new Error('odd')
      },
    },
    /odd/,
  ],
] as const) {
  test(`an answer that ${what} stops the source, which says why`, async t => {
    const errors: unknown[] = []
    const turn = async () => (error?: unknown) => void errors.push(error)
    const { look } = await lookAt(t, body, options as Partial<ListOptions<Row>>, {}, { turn })
    await assert.rejects(look(), { code: 'SOURCE-FAILED', message })
    assert.ok(errors.length >= 1)
  })
}

test('statuses and failures inside good ones are told to whoever gave the turn', async t => {
  const told: unknown[] = []
  const turn = async () => (error?: unknown) => void told.push((error as { code?: string } | undefined)?.code)
  const { url } = await startServer(t, (request, response) =>
    response.writeHead(request.url === '/rows' ? 200 : 401).end('{"error":"busy"}'),
  )
  const failure = () => ({ outcome: 'unavailable', reason: 'busy' }) as const
  await assert.rejects(looker(t, url, { path: '/rows', failure }, { turn })(), { code: 'TARGET-UNAVAILABLE' })
  await assert.rejects(looker(t, url, { path: '/other' }, { turn })(), { code: 'TARGET-CREDENTIALS' })
  assert.deepEqual(told, ['TARGET-UNAVAILABLE', 'TARGET-CREDENTIALS'])
})

test('a last cursor that is given again and again is the end', async t => {
  const page = (path: string) =>
    path.includes('cursor=end') ? '{"l":[],"c":"end"}' : '{"l":[1,2],"c":"end"}'
  const { look, received } = await lookAt(t, page, { records: '/l', pages: { by: 'cursor', cursor: '/c' } })
  assert.deepEqual(await look(), [1, 2])
  assert.equal(received.length, 2)
})

test('lists that cannot work are refused when they are declared', () => {
  const owner = shop({ url: 'http://127.0.0.1' })
  const declare = (options: object) => () => owner.list('rows', RowModel, { path: '/rows', ...options })
  for (const options of [
    { path: 'rows' },
    { path: '/rows?x=1' },
    { records: 'rows' },
    { pages: { by: 'next', next: 'next' } },
    { pages: { by: 'page', total: 'total' } },
    { every: 'often' },
    { since: { ...since, overlap: '5' } },
    { headers: { host: 'x' } },
  ])
    assert.throws(declare(options), { code: 'FLOW-DEFINITION' }, JSON.stringify(options))
  assert.throws(() => shop({}).list('rows', RowModel, { path: '/rows' }), {
    code: 'FLOW-DEFINITION',
    message: /url/,
  })
})
