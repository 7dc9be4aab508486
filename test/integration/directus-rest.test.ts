import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import {
  type Auth,
  bearer,
  type ListOptions,
  type Outcomes,
  type Pages,
  rest,
} from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import {
  ask,
  askChannel,
  fill,
  freshCollection,
  Item,
  itemSchema,
  limitedUrl,
  settings,
  url,
  withDirectus,
} from './directus-fixture.ts'
import { Kept, runUntil } from './graphql-harness.ts'
import { errorOf, outgoing } from './http-harness.ts'

const administrator = bearer(secret('TOKEN'))

function directus(at = url, auth: Auth | undefined = administrator) {
  return system('directus', { kind: 'crm', connector: rest({ url: at, auth }) })
}

async function connected(
  t: TestContext,
  owner = directus(),
  over: Parameters<typeof connectContext>[0] = {},
): Promise<Connection> {
  const connection = await owner.connector.connect(connectContext({ system: 'directus', settings, ...over }))
  t.after(() => connection.close())
  return connection
}

const listed = (collection: string, pages: Pages): ListOptions<Item> => ({
  path: `/items/${collection}`,
  query: { sort: 'date_updated,id', limit: 3, meta: 'filter_count' },
  records: '/data',
  pages,
  since: {
    parameter: 'filter[date_updated][_gte]',
    time: item => Date.parse(item.date_updated),
    overlap: '0ms',
  },
  key: item => item.id,
  every: '50ms',
})

const ways: Readonly<Record<string, Pages>> = {
  'offsets with a total': { by: 'offset', total: '/meta/filter_count' },
  offsets: { by: 'offset' },
  'numbered pages with a total': { by: 'page', total: '/meta/filter_count' },
  'numbered pages': { by: 'page' },
}
for (const [way, pages] of Object.entries(ways))
  test(`a list of Directus is read by ${way}, and then what changed in it`, withDirectus, async t => {
    const collection = await freshCollection(t)
    const items = await fill(collection, 7)
    const owner = directus()
    let turns = 0
    const connection = await connected(t, owner, {
      turn: async () => {
        turns++
        return () => {}
      },
    })
    const channel = owner.list('items', Item, listed(collection, pages))
    const kept = new Kept()
    await runUntil(connection, channel, kept, () => kept.at !== undefined)
    const byNo = (some: unknown[]) => (some as Item[]).sort((a, b) => a.no.localeCompare(b.no))
    assert.deepEqual(byNo(kept.data), byNo(items))
    assert.equal(kept.deliveries[0]?.data && (kept.deliveries[0].data as Item).price?.length, 21)
    assert.ok(turns >= 3, `${turns} requests`)

    const [first] = items
    await ask('PATCH', `/items/${collection}/${first?.id}`, { qty: 70 })
    await ask('POST', `/items/${collection}`, { no: 'N8' })
    const latest = () => (kept.at as { time: number }).time === kept.deliveries.at(-1)?.time
    await runUntil(connection, channel, kept, () => kept.deliveries.length === 9 && latest())
    assert.deepEqual(
      kept.deliveries.slice(7).map(({ data }) => [(data as Item).no, (data as Item).qty]),
      [
        ['N1', 70],
        ['N8', null],
      ],
    )
  })

const Draft = model('Draft', {
  version: 1,
  schema: Type.Object({ no: Type.Optional(Type.String()), qty: Type.Unknown(), price: Type.Unknown() }),
})
const Id = model('Id', { version: 1, schema: Type.Object({ id: Type.String() }) })
const Change = model('Change', {
  version: 1,
  schema: Type.Object({ id: Type.String(), qty: Type.Integer() }),
})
const Answered = model('Answered', { version: 1, schema: Type.Object({ data: itemSchema }) })

function operations(owner: ReturnType<typeof directus>, collection: string, outcomes?: Outcomes) {
  const path = ({ id }: { id: string }) => `/items/${collection}/${encodeURIComponent(id)}`
  return {
    create: owner.operation('create', {
      method: 'POST',
      path: `/items/${collection}`,
      request: Draft,
      response: Answered,
      effect: irreversible,
    }),
    get: owner.operation('get', {
      method: 'GET',
      path,
      request: Id,
      response: Answered,
      effect: read,
      outcomes,
    }),
    change: owner.operation('change', {
      method: 'PATCH',
      path,
      body: ({ data: { qty } }) => ({ qty }),
      request: Change,
      response: Answered,
      effect: idempotent,
      outcomes,
    }),
    remove: owner.operation('remove', { method: 'DELETE', path, request: Id, effect: idempotent, outcomes }),
  }
}

test(
  'an item of Directus is made, changed and removed; no digit of a decimal is lost',
  withDirectus,
  async t => {
    const owner = directus()
    const connection = await connected(t, owner)
    const { create, get, change, remove } = operations(owner, await freshCollection(t))
    const made = await askChannel(connection, create, {
      no: 'ä / "1"',
      qty: 2,
      price: '1234567890123456.7890',
    })
    assert.ok(made?.ok, JSON.stringify(made))
    const { data } = made.result as { data: Item }
    assert.deepEqual([data.no, data.price], ['ä / "1"', '1234567890123456.7890'])
    const changed = await askChannel(connection, change, { id: data.id, qty: 3 })
    assert.equal(changed?.ok && (changed.result as { data: Item }).data.qty, 3)
    const found = await askChannel(connection, get, { id: data.id })
    assert.deepEqual(found, changed)
    assert.deepEqual(await askChannel(connection, remove, { id: data.id }), { ok: true, result: null })
  },
)

test(
  'what Directus refuses is told by its words, and what broke within it is not said to be undone',
  withDirectus,
  async t => {
    const owner = directus()
    const connection = await connected(t, owner)
    const { create } = operations(owner, await freshCollection(t))
    const failed = async (data: unknown) => {
      const { code, message } = errorOf(await askChannel(connection, create, data))
      return `${code} ${message}`
    }
    assert.equal((await askChannel(connection, create, { no: 'A', qty: 1 }))?.ok, true)
    assert.match(
      await failed({ no: 'A', qty: 1 }),
      /^TARGET-REFUSED .* answered 400: Value "A" for field "no".*unique/,
    )
    assert.match(
      await failed({ qty: 1 }),
      /^TARGET-REFUSED .* answered 400: Validation failed for field "no"/,
    )
    assert.match(await failed({ no: 'B', qty: 'many' }), /^TARGET-UNANSWERED .* answered 500/)
  },
)

test('what is not there Directus answers 403 to who reads it', withDirectus, async t => {
  const collection = await freshCollection(t)
  for (const [outcomes, code] of [
    [undefined, 'TARGET-CREDENTIALS'],
    [{ 403: 'refused' }, 'TARGET-REFUSED'],
  ] as const) {
    const owner = directus()
    const connection = await connected(t, owner)
    const { get, remove } = operations(owner, collection, outcomes)
    const missing = { id: randomUUID() }
    assert.equal(errorOf(await askChannel(connection, get, missing)).code, code)
    assert.deepEqual(await askChannel(connection, remove, missing), { ok: true, result: null })
  }
})

test(
  'what is not there Directus claims to have changed: "failure" sees that it did not',
  withDirectus,
  async t => {
    const collection = await freshCollection(t)
    const [item] = await fill(collection, 1)
    const owner = directus()
    const connection = await connected(t, owner)
    const { change } = operations(owner, collection)
    const channel = owner.send('changed', Change, {
      method: 'PATCH',
      path: ({ id }) => `/items/${collection}/${encodeURIComponent(id)}`,
      body: ({ data: { qty } }) => ({ qty }),
      effect: idempotent,
      failure: answer =>
        answer === null ? { outcome: 'refused', reason: 'there is no such item' } : undefined,
    })
    const missing = { id: randomUUID(), qty: 1 }
    // Who wants to know what it is afterwards is told anyway.
    assert.equal(errorOf(await askChannel(connection, change, missing)).code, 'TARGET-CONTRACT')
    const sink = connection.sink?.(channel as never)
    const { signal } = new AbortController()
    const [refused] = (await sink?.write([outgoing(missing, 1)], signal)) ?? []
    const { code, message } = errorOf(refused as never)
    assert.equal(code, 'TARGET-REFUSED')
    assert.match(message, /answered 204 and failed: there is no such item/)
    assert.deepEqual(await sink?.write([outgoing({ id: item?.id, qty: 5 }, 2)], signal), [{ ok: true }])
    const [found] = await ask<Item[]>('GET', `/items/${collection}`)
    assert.equal(found?.qty, 5)
  },
)

test('who is unknown to Directus, or may not, is told without the token', withDirectus, async t => {
  const collection = await freshCollection(t)
  const wrong = 'wrong-token-0123456789'
  for (const [auth, status] of [
    [administrator, 401],
    [undefined, 403],
  ] as const) {
    const owner = system('directus', { kind: 'crm', connector: rest({ url, auth }) })
    const connection = await connected(t, owner, { settings: { TOKEN: wrong } })
    const { create } = operations(owner, collection)
    const error = errorOf(await askChannel(connection, create, { no: 'A' }))
    assert.equal(error.code, 'TARGET-CREDENTIALS')
    assert.match(error.message, new RegExp(`answered ${status}: `))
    assert.ok(!error.message.includes(wrong))
    const list = owner.list('items', Item, listed(collection, { by: 'offset' }))
    await assert.rejects(
      runUntil(connection, list, new Kept(), () => false),
      { code: 'TARGET-CREDENTIALS' },
    )
  }
  assert.deepEqual(await ask('GET', `/items/${collection}`), [])
})

test('a call that Directus answers 429 was not done, and waits as long as it says', withDirectus, async t => {
  const owner = directus(limitedUrl)
  const connection = await connected(t, owner)
  const collection = await freshCollection(t)
  const { create } = operations(owner, collection)
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
  const answers = await Promise.all(numbers.map(n => askChannel(connection, create, { no: `N${n}` })))
  const refused = answers.filter(answer => answer?.ok === false).map(errorOf)
  assert.ok(refused.length > 0)
  for (const { code, message, retryAfter } of refused) {
    assert.equal(code, 'TARGET-UNAVAILABLE', message)
    assert.ok(retryAfter !== undefined && retryAfter >= 0 && retryAfter <= 2_000, `${retryAfter}`)
  }
  const made = await ask<Item[]>('GET', `/items/${collection}`)
  assert.equal(made.length, answers.length - refused.length)
})

test('a probe that asks for a list knows whether an item was made', withDirectus, async t => {
  const collection = await freshCollection(t)
  const owner = directus()
  const connection = await connected(t, owner)
  const channel = owner.send('made', Draft, {
    method: 'POST',
    path: `/items/${collection}`,
    effect: irreversible,
    probe: {
      path: () => `/items/${collection}`,
      query: ({ data }) => ({ 'filter[no][_eq]': data.no, limit: 1 }),
      done: answer => (answer as { data: unknown[] }).data.length > 0,
    },
  })
  const sink = connection.sink?.(channel as never)
  const item = outgoing({ no: 'a&b=c', qty: 1, price: null })
  const { signal } = new AbortController()
  assert.equal((await sink?.probe?.(item, signal))?.outcome, 'absent')
  assert.deepEqual(await sink?.write([item], signal), [{ ok: true }])
  assert.equal((await sink?.probe?.(item, signal))?.outcome, 'done')
})
