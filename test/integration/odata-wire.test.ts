import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { bearer, type EntitiesOptions, filter } from '../../src/connectors/odata/index.ts'
import type { IsthmusError } from '../../src/errors.ts'
import type { Delivery, Position } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import type { AcceptOptions, Receipt } from '../../src/system/roles.ts'
import { errorOf, outgoing, startServer } from './http-harness.ts'
import { ask, connected, sourceOf, write } from './odata-harness.ts'
import { v2Metadata } from './odata-servers.ts'

// What a service does that none of the servers at hand does: each test plays it by a server of its own.

const Text = Type.String()
const Row = model('Row', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), text: Type.Optional(Text) }),
})
const v4 = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
  <Schema Namespace="S" xmlns="http://docs.oasis-open.org/odata/ns/edm">
    <EntityType Name="Row"><Key><PropertyRef Name="n"/></Key>
      <Property Name="n" Type="Edm.Int32" Nullable="false"/><Property Name="text" Type="Edm.String"/>
      <Property Name="price" Type="Edm.Decimal" Scale="variable"/></EntityType>
    <EntityContainer Name="C"><EntitySet Name="Rows" EntityType="S.Row"/></EntityContainer>
  </Schema></edmx:DataServices></edmx:Edmx>`

type Reply =
  | { status?: number; headers?: Record<string, string | string[] | undefined>; body?: unknown }
  | 'lost'

/** A service of `version`; `answer` is asked for everything but its `$metadata`. */
async function serving(
  t: TestContext,
  version: 'V2' | 'V4',
  answer: (request: IncomingMessage, number: number) => Reply,
) {
  const metadata = version === 'V2' ? await readFile(v2Metadata, 'utf8') : v4
  let number = 0
  const reply = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.includes('/$metadata')) return void response.end(metadata)
    const given = answer(request, ++number)
    if (given === 'lost') return void response.socket?.resetAndDestroy()
    const { status = 200, headers = {}, body } = given
    const type = { 'content-type': 'application/json', ...headers }
    response.writeHead(status, type).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const { url, received } = await startServer(t, reply)
  return {
    url: `${url}/srv`,
    origin: url,
    asked: () => received.filter(({ path }) => !path.includes('$metadata')),
  }
}

/** Runs a source until it has looked `looks` times at what is there, or fails. */
async function looked(
  t: TestContext,
  url: string,
  options: EntitiesOptions<{ n: number; text?: string }>,
  until: (taken: Delivery[], position: Position | undefined) => boolean,
  from?: Position,
  version: 'V2' | 'V4' = 'V4',
) {
  const { owner, connection } = await connected(t, { url, version })
  const channel = owner.entities('rows', Row, { every: '1ms', ...options })
  const taken: Delivery[] = []
  let position = from
  const stop = new AbortController()
  const intake = {
    async accept(deliveries: readonly Delivery[], given: AcceptOptions = {}): Promise<Receipt[]> {
      taken.push(...deliveries)
      if (given.position !== undefined) position = given.position
      if (until(taken, position)) stop.abort()
      return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
    },
    position: async () => position,
  }
  await sourceOf(connection, channel).run(intake, stop.signal)
  return { taken, position }
}

test('a change goes with the token of the service and its cookies, and again when the token is required', async t => {
  const { url, asked } = await serving(t, 'V2', ({ method, headers }, number) => {
    if (method === 'GET')
      return {
        headers: { 'x-csrf-token': `token-${number}`, 'set-cookie': ['SAP=1; path=/; HttpOnly', 'B=2'] },
        body: { d: {} },
      }
    if (headers['x-csrf-token'] === 'token-1')
      return { status: 403, headers: { 'x-csrf-token': 'Required' }, body: '' }
    return { status: 201, body: { d: { n: 1 } } }
  })
  const { owner, connection } = await connected(t, { url, version: 'V2', query: { 'sap-client': '100' } })
  const create = owner.create('rows', Row, { set: 'Rows', effect: irreversible })
  assert.deepEqual(await write(connection, create, outgoing({ n: 1 }, 1)), [{ ok: true }])
  assert.deepEqual(await write(connection, create, outgoing({ n: 2 }, 2)), [{ ok: true }])
  assert.deepEqual(
    asked().map(({ method, path, headers }) => [method, path, headers['x-csrf-token'], headers.cookie]),
    [
      ['GET', '/srv/?sap-client=100', 'Fetch', undefined],
      ['POST', '/srv/Rows?sap-client=100', 'token-1', 'SAP=1; B=2'],
      ['GET', '/srv/?sap-client=100', 'Fetch', undefined],
      ['POST', '/srv/Rows?sap-client=100', 'token-3', 'SAP=1; B=2'],
      ['POST', '/srv/Rows?sap-client=100', 'token-3', 'SAP=1; B=2'],
    ],
  )
})

test('a service without tokens is called without, and a token that cannot be fetched leaves nothing in doubt', async t => {
  const plain = await serving(t, 'V2', ({ method }) =>
    method === 'GET' ? { body: {} } : { status: 201, body: {} },
  )
  const one = await connected(t, { url: plain.url, version: 'V2' })
  const rows = { set: 'Rows', effect: irreversible } as const
  assert.deepEqual(await write(one.connection, one.owner.create('rows', Row, rows), outgoing({ n: 1 })), [
    { ok: true },
  ])
  assert.equal(plain.asked().at(-1)?.headers['x-csrf-token'], undefined)
  const lost = await serving(t, 'V2', () => 'lost')
  const two = await connected(t, { url: lost.url, version: 'V2' })
  const [answer] = await write(two.connection, two.owner.create('rows', Row, rows), outgoing({ n: 1 }))
  assert.equal(errorOf(answer).code, 'TARGET-UNAVAILABLE')
})

test('an unanswered batch leaves every record of it unanswered', async t => {
  const { url } = await serving(t, 'V4', () => 'lost')
  const { owner, connection } = await connected(t, { url, version: 'V4' })
  const create = owner.create('rows', Row, { set: 'Rows', effect: irreversible, batch: 5 })
  const answers = await write(connection, create, outgoing({ n: 1 }, 1), outgoing({ n: 2 }, 2))
  assert.deepEqual(
    answers.map(answer => errorOf(answer).code),
    ['TARGET-UNANSWERED', 'TARGET-UNANSWERED'],
  )
})

test('a batch that is refused as a whole is sent in halves; one that cannot be read is unanswered', async t => {
  const refusing = await serving(t, 'V4', ({ headers }) => {
    const large = Number(headers['content-length']) > 900
    return large
      ? { status: 413, body: '' }
      : {
          body: {
            responses: [
              { id: '1', status: 201 },
              { id: '2', status: 201 },
              { id: '3', status: 201 },
            ],
          },
        }
  })
  const one = await connected(t, { url: refusing.url, version: 'V4', batchFormat: 'json' })
  const rows = { set: 'Rows', effect: irreversible, batch: 5 } as const
  const answers = await write(
    one.connection,
    one.owner.create('rows', Row, rows),
    outgoing({ n: 1 }, 1),
    outgoing({ n: 2, text: 'x'.repeat(1000) }, 2),
    outgoing({ n: 3 }, 3),
  )
  assert.deepEqual(
    answers.map(({ ok }) => ok),
    [true, false, true],
  )
  assert.equal(errorOf(answers[1]).code, 'TARGET-REFUSED')
  const odd = await serving(t, 'V4', () => ({ body: 'nonsense' }))
  const two = await connected(t, { url: odd.url, version: 'V4' })
  const lost = await write(
    two.connection,
    two.owner.create('rows', Row, rows),
    outgoing({ n: 1 }, 1),
    outgoing({ n: 2 }, 2),
  )
  assert.ok(lost.every(answer => errorOf(answer).code === 'TARGET-UNANSWERED'))
})

test('errors of V2 and V4 tell their reason, and hide what is secret', async t => {
  const { url } = await serving(t, 'V4', (_, number) => ({
    status: 400,
    body:
      number === 1
        ? {
            error: {
              code: 'X',
              message: 'bad token-of-ours',
              details: [{ message: 'field a' }, { message: 'field b' }],
            },
          }
        : {
            error: {
              code: 'SY/1',
              message: { lang: 'en', value: 'Plant unknown' },
              innererror: { trace: 'x'.repeat(9000) },
            },
          },
  }))
  const auth = bearer({ from: 'secret', name: 'TOKEN' })
  const { owner, connection } = await connected(
    t,
    { url, version: 'V4', auth },
    { settings: { TOKEN: 'token-of-ours' } },
  )
  const create = owner.create('rows', Row, { set: 'Rows', effect: irreversible })
  const reasons = []
  for (let n = 1; n <= 2; n++)
    reasons.push(errorOf((await write(connection, create, outgoing({ n })))[0]).message)
  assert.deepEqual(reasons, [
    'shop.rows answered 400: bad ***; field a; field b',
    'shop.rows answered 400: Plant unknown',
  ])
})

test('parameters, keys and filters cannot become another request', async t => {
  const { url, asked } = await serving(t, 'V2', () => ({ body: { d: { Amount: '1', Currency: 'EUR' } } }))
  const { owner, connection } = await connected(t, { url, version: 'V2' })
  const Asked = model('Asked', {
    version: 1,
    schema: Type.Object({ OrderNo: Text, Since: Type.Optional(Text), Least: Type.Optional(Text) }),
  })
  const total = owner.call('total', { operation: 'OrderTotal', request: Asked, effect: read })
  const hostile = "a'b/../c?d&e#%2F"
  await ask(connection, total, outgoing({ OrderNo: hostile, Since: '2026-05-04', Least: '12.50' }))
  const get = owner.get('get', { set: 'Orders', request: Asked, response: Asked })
  await ask(connection, get, outgoing({ OrderNo: hostile }))
  const Orders = model('Orders', { version: 1, schema: Type.Array(Asked.jsonSchema as never) })
  const query = owner.query('query', {
    set: 'Orders',
    request: Asked,
    response: Orders,
    filter: ({ OrderNo }) => filter`OrderNo eq ${OrderNo} and Amount gt ${'1.50'} and Done eq ${true}`,
  })
  await ask(connection, query, outgoing({ OrderNo: hostile }))
  const encoded = encodeURIComponent("'a''b/../c?d&e#%2F'")
  assert.deepEqual(
    asked().map(({ path }) => path),
    [
      `/srv/OrderTotal?OrderNo=${encoded}&Since=${encodeURIComponent("datetime'2026-05-04T00:00:00'")}&Least=12.50M`,
      `/srv/Orders(${encoded})?$select=OrderNo`,
      `/srv/Orders?$select=OrderNo&$filter=OrderNo%20eq%20${encoded}%20and%20Amount%20gt%201.50M%20and%20Done%20eq%20true&$top=101`,
    ],
  )
  const [bad] = await ask(connection, total, outgoing({ OrderNo: 'a', Least: '1M or 1 eq 1' }))
  assert.equal(errorOf(bad).code, 'MSG-ENCODE')
})

test('links of the service are followed within it and nowhere else', async t => {
  for (const link of [
    'http://127.0.0.1:1/srv/Rows',
    '/other/Rows',
    '/srv/../other',
    '//evil/srv/Rows',
    '/srvx/Rows',
  ]) {
    const { url, asked } = await serving(t, 'V4', () => ({
      body: { value: [{ n: 1 }], '@odata.nextLink': link },
    }))
    await assert.rejects(
      looked(t, url, { set: 'Rows', paging: 'server' }, () => false),
      (error: IsthmusError) =>
        error.code === 'SOURCE-FAILED' && /leads out of the service/.test(error.message),
      link,
    )
    assert.equal(asked().length, 1)
  }
  const { url, asked } = await serving(t, 'V4', ({ url = '' }) =>
    url.includes('skip')
      ? { body: { value: [{ n: 2 }] } }
      : { body: { value: [{ n: 1 }], '@odata.nextLink': 'Rows?$skiptoken=a%20b' } },
  )
  const { taken } = await looked(t, url, { set: 'Rows', paging: 'server' }, ({ length }) => length === 2)
  assert.deepEqual(
    taken.map(({ data }) => data),
    [{ n: 1 }, { n: 2 }],
  )
  assert.equal(asked()[1]?.path, '/srv/Rows?$skiptoken=a%20b')
})

test('a source reads everything, then what its delta link tells, deletions included', async t => {
  const { url, asked } = await serving(t, 'V4', ({ url = '' }) => {
    if (url.includes('delta=2')) return { body: { value: [], '@odata.deltaLink': 'Rows?delta=2' } }
    if (url.includes('delta=1')) {
      const removed = [
        { '@removed': { reason: 'deleted' }, '@id': 'Rows(1)' },
        { '@odata.context': '$metadata#Rows/$deletedEntity', id: 'Rows(2)', reason: 'changed' },
      ]
      return { body: { value: [{ n: 1, text: 'b' }, ...removed], '@odata.deltaLink': 'Rows?delta=2' } }
    }
    if (url.includes('page'))
      return { body: { value: [{ n: 2, text: 'a' }], '@odata.deltaLink': 'Rows?delta=1' } }
    return { body: { value: [{ n: 1, text: 'a' }], '@odata.nextLink': 'Rows?page=2' } }
  })
  const delta = {
    removed: ({ key, reason }: { key: object; reason: string }) => ({
      ...(key as { n: number }),
      text: reason,
    }),
  }
  const { taken, position } = await looked(t, url, { set: 'Rows', delta }, ({ length }) => length === 5)
  assert.deepEqual(
    taken.map(({ data }) => data),
    [
      { n: 1, text: 'a' },
      { n: 2, text: 'a' },
      { n: 1, text: 'b' },
      { n: 1, text: 'deleted' },
      { n: 2, text: 'changed' },
    ],
  )
  assert.equal(position, '/Rows?delta=2')
  assert.equal(new Set(taken.map(({ id }) => id)).size, 5)
  assert.match(String(asked()[0]?.headers.prefer), /odata.track-changes/)
})

test('a delta link that is gone stops the source, as a gap; a service without delta links is not read', async t => {
  const delta = { removed: () => undefined }
  const gone = await serving(t, 'V4', () => ({ status: 410, body: { error: { message: 'token expired' } } }))
  await assert.rejects(
    looked(t, gone.url, { set: 'Rows', delta }, () => false, '/Rows?delta=1'),
    (error: IsthmusError) => error.code === 'SOURCE-GAP' && /gap possible/.test(error.message),
  )
  const plain = await serving(t, 'V4', () => ({ body: { value: [{ n: 1 }] } }))
  await assert.rejects(
    looked(t, plain.url, { set: 'Rows', delta }, () => false),
    { code: 'CONFIG-INVALID' },
  )
})

test('what cannot be read is handed over as a defect, with the bytes', async t => {
  const { url } = await serving(t, 'V4', () => ({ body: { value: [{ n: 1 }, { n: 'x' }, { n: 3 }] } }))
  const { taken } = await looked(t, url, { set: 'Rows' }, ({ length }) => length === 3)
  assert.match(taken[1]?.defect ?? '', /n is no Edm.Int32/)
  assert.equal(Buffer.from(taken[1]?.body ?? []).toString(), '{"n":"x"}')
})

test('changes of one moment are read to the end, although the service tells fewer digits than it has', async t => {
  // Times are whole milliseconds in JSON; the service compares and orders by microseconds.
  const rows = Array.from({ length: 9 }, (_, at) => ({ n: 9 - at, micro: at * 10 }))
  const { url } = await serving(t, 'V2', ({ url = '' }) => ({ body: { d: { results: v2Page(url, rows) } } }))
  const options = { set: 'Rows', changed: { field: 'changed', overlap: '0s' }, pageSize: 2 }
  const found = new Set<unknown>()
  await looked(
    t,
    url,
    options,
    taken => {
      for (const { data } of taken) found.add((data as { n: number }).n)
      return found.size === rows.length
    },
    undefined,
    'V2',
  )
  assert.equal(found.size, rows.length)
})

/** As a V2 service would, for the queries of this test. */
function v2Page(url: string, rows: readonly { n: number; micro: number }[]) {
  const query = new URL(url, 'http://x').searchParams
  const text = query.get('$filter') ?? ''
  const limit = (word: string) => {
    const at = new RegExp(`changed ${word} datetimeoffset'([^']*)'`).exec(text)?.[1]
    return at === undefined ? undefined : Date.parse(at) * 1000
  }
  const behind = Number(/n gt (\d+)/.exec(text)?.[1] ?? 0)
  const start = Date.UTC(2026, 4, 4, 12) * 1000
  const match = rows.filter(({ n, micro }) => {
    const at = start + micro
    return at >= (limit('ge') ?? 0) && at < (limit('lt') ?? Number.POSITIVE_INFINITY) && n > behind
  })
  const byTime = query.get('$orderby')?.startsWith('changed')
  const ordered = match.sort((a, b) => (byTime ? a.micro - b.micro : a.n - b.n))
  const changed = `/Date(${start / 1000}+0000)/`
  return ordered.slice(0, Number(query.get('$top'))).map(({ n }) => ({ n, text: 'x', changed }))
}

test('repeating an idempotent action carries its effect key', async t => {
  const { url, asked } = await serving(t, 'V2', () => ({ body: { d: {} } }))
  const { owner, connection } = await connected(t, { url, version: 'V2', csrf: false })
  const No = model('No', { version: 1, schema: Type.Object({ OrderNo: Text }) })
  const release = owner.call('release', { operation: 'ReleaseOrder', request: No, effect: idempotent })
  assert.deepEqual(await ask(connection, release, outgoing({ OrderNo: 'A1' })), [{ ok: true, result: null }])
  const { method, path, headers } = asked()[0] ?? assert.fail('it was not called')
  assert.deepEqual(
    [method, path, headers['idempotency-key']],
    ['POST', `/srv/ReleaseOrder?OrderNo=${encodeURIComponent("'A1'")}`, 'effect-1'],
  )
})
