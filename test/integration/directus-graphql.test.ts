import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { bearer, type GraphqlOptions, graphql, type Page } from '../../src/connectors/graphql/index.ts'
import { model } from '../../src/model/model.ts'
import type { Connection } from '../../src/system/connector.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import {
  ask,
  askChannel,
  fill,
  freshCollection,
  limitedUrl,
  settings,
  url,
  withDirectus,
} from './directus-fixture.ts'
import { Kept, runUntil, until } from './graphql-harness.ts'
import { errorOf } from './http-harness.ts'

/** Without the price: Directus declares decimals as Float in GraphQL. */
const rowSchema = Type.Object({
  id: Type.String(),
  no: Type.String(),
  qty: Type.Union([Type.Integer(), Type.Null()]),
  date_updated: Type.String(),
})
const Row = model('Row', { version: 1, schema: rowSchema })
interface Row {
  readonly id: string
  readonly no: string
  readonly qty: number | null
  readonly date_updated: string
}
const fields = 'id no qty date_updated'

function directus(over: Partial<GraphqlOptions> = {}) {
  const auth = bearer(secret('TOKEN'))
  return system('directus', { kind: 'crm', connector: graphql({ url: `${url}/graphql`, auth, ...over }) })
}

async function connected(
  t: TestContext,
  owner: ReturnType<typeof directus>,
  known: Record<string, string> = settings,
): Promise<Connection> {
  const connection = await owner.connector.connect(connectContext({ system: 'directus', settings: known }))
  t.after(() => connection.close())
  return connection
}

const listed = (collection: string) => ({
  document: `query Items($limit: Int!, $offset: Int!, $filter: ${collection}_filter) {
    items: ${collection}(limit: $limit, offset: $offset, filter: $filter, sort: ["date_updated", "id"]) { ${fields} }
  }`,
  at: 'items',
  paging: 'offset' as const,
  size: 3,
  variables: ({ size, offset, since }: Page) => ({
    limit: size,
    offset,
    ...(since !== undefined && { filter: { date_updated: { _gte: since } } }),
  }),
  changed: (row: Row) => row.date_updated,
  overlap: '0ms',
})

const qtys = (some: readonly unknown[]) => some.map(each => [(each as Row).no, (each as Row).qty])

test(
  'a list of Directus is read by offset over GraphQL, and then what changed in it',
  withDirectus,
  async t => {
    const collection = await freshCollection(t)
    const items = await fill(collection, 7)
    const owner = directus()
    const connection = await connected(t, owner)
    const channel = owner.list('items', Row, { ...listed(collection), id: row => row.id, every: '50ms' })
    const kept = new Kept()
    await runUntil(connection, channel, kept, () => kept.at !== undefined && kept.deliveries.length === 7)
    assert.deepEqual(qtys(kept.data).sort(), qtys(items).sort())
    await ask('PATCH', `/items/${collection}/${items[0]?.id}`, { qty: 70 })
    await ask('POST', `/items/${collection}`, { no: 'N8' })
    await runUntil(connection, channel, kept, () => kept.deliveries.length === 9)
    assert.deepEqual(qtys(kept.data.slice(7)), [
      ['N1', 70],
      ['N8', null],
    ])
  },
)

const Draft = model('Draft', { version: 1, schema: Type.Object({ no: Type.Optional(Type.String()) }) })
const Change = model('Change', {
  version: 1,
  schema: Type.Object({ id: Type.String(), qty: Type.Integer() }),
})

function mutations(owner: ReturnType<typeof directus>, collection: string) {
  const document = `mutation Create($data: create_${collection}_input!) { item: create_${collection}_item(data: $data) { ${fields} } }`
  return {
    create: owner.mutate('create', {
      document,
      variables: (data: object) => ({ data }),
      at: 'item',
      request: Draft,
      response: Row,
      effect: irreversible,
    }),
    wrong: owner.mutate('wrong', {
      document: document.replace(fields, `${fields} colour`),
      variables: (data: object) => ({ data }),
      at: 'item',
      request: Draft,
      effect: irreversible,
    }),
    change: owner.mutate('change', {
      document: `mutation Change($id: ID!, $qty: Int!) { item: update_${collection}_item(id: $id, data: { qty: $qty }) { ${fields} } }`,
      at: 'item',
      request: Change,
      response: Row,
      effect: idempotent,
      errors: { FORBIDDEN: 'refused' },
    }),
  }
}

test('mutations of Directus do, refuse and fail as it says', withDirectus, async t => {
  const collection = await freshCollection(t)
  const owner = directus()
  const connection = await connected(t, owner)
  const { create, change, wrong } = mutations(owner, collection)
  const failed = async (channel: unknown, data: unknown) => {
    const { code, message } = errorOf(await askChannel(connection, channel as never, data))
    return `${code} ${message}`
  }
  const made = await askChannel(connection, create, { no: 'A "ü"' })
  assert.ok(made?.ok, JSON.stringify(made))
  const row = made.result as Row
  const changed = await askChannel(connection, change, { id: row.id, qty: 4 })
  assert.deepEqual(changed?.ok && qtys([changed.result]), [['A "ü"', 4]])
  assert.match(await failed(create, { no: 'A "ü"' }), /^TARGET-REFUSED .*RECORD_NOT_UNIQUE: Value/)
  // It says so of whatever breaks, also before anything is done.
  assert.match(await failed(create, {}), /^TARGET-UNANSWERED .*INTERNAL_SERVER_ERROR: Variable/)
  assert.match(await failed(wrong, { no: 'B' }), /^TARGET-CONTRACT .*Cannot query field "colour"/)
  assert.match(await failed(change, { id: randomUUID(), qty: 4 }), /^TARGET-(REFUSED|CONTRACT) /)
  assert.equal((await ask<unknown[]>('GET', `/items/${collection}`)).length, 1)
})

test('Directus lets nobody in whom it does not know, to GraphQL neither', withDirectus, async t => {
  const collection = await freshCollection(t)
  const owner = directus()
  const wrong = 'wrong-token-0123456789'
  const connection = await connected(t, owner, { TOKEN: wrong })
  const error = errorOf(await askChannel(connection, mutations(owner, collection).create, { no: 'A' }))
  assert.equal(error.code, 'TARGET-CREDENTIALS')
  assert.ok(!error.message.includes(wrong))
})

test('a query that Directus answers 429 waits as long as it says', withDirectus, async t => {
  const owner = directus({ url: `${limitedUrl}/graphql` })
  const connection = await connected(t, owner)
  const who = owner.query('who', {
    document: '{ __typename }',
    request: model('Nothing', { version: 1, schema: Type.Object({}) }),
    response: model('Who', { version: 1, schema: Type.Object({ __typename: Type.String() }) }),
  })
  const answers = await Promise.all(Array.from({ length: 8 }, () => askChannel(connection, who, {})))
  const refused = answers.filter(answer => answer?.ok === false).map(errorOf)
  assert.ok(refused.length > 0)
  for (const { code, message, retryAfter } of refused) {
    assert.equal(code, 'TARGET-UNAVAILABLE', message)
    assert.ok(retryAfter !== undefined && retryAfter <= 2_000, `${retryAfter}`)
  }
  assert.ok(answers.some(answer => answer?.ok))
})

test(
  'a subscription of Directus, which is shown the token first, loses nothing that its list shows',
  withDirectus,
  async t => {
    const collection = await freshCollection(t)
    await fill(collection, 4)
    const owner = directus({
      subscriptions: { payload: resolve => ({ access_token: resolve(secret('TOKEN')) }) },
    })
    const connection = await connected(t, owner)
    const channel = owner.subscribe('items', Row, {
      document: `subscription { changed: ${collection}_mutated { data { ${fields} } } }`,
      at: 'changed.data',
      id: row => row.id,
      missed: listed(collection),
    })
    const kept = new Kept()
    let wrote = false
    const running = runUntil(connection, channel, kept, () => kept.deliveries.length === 6)
    await until(() => kept.deliveries.length === 4)
    // The list has been read, and is not read again for 10 minutes: what comes now are events.
    for (const no of ['N5', 'N6']) await ask('POST', `/items/${collection}`, { no })
    wrote = true
    await running
    assert.ok(wrote)
    assert.deepEqual(qtys(kept.data.slice(4)), [
      ['N5', null],
      ['N6', null],
    ])
    // While nobody listens something happens.
    await ask('POST', `/items/${collection}`, { no: 'N7' })
    await runUntil(connection, channel, kept, () => kept.deliveries.length === 7)
    assert.equal(new Set(kept.ids).size, 7)
  },
)

test('a subscription with another token is not opened, and the token not told', withDirectus, async t => {
  const collection = await freshCollection(t)
  const wrong = 'wrong-token-0123456789'
  const owner = directus({
    subscriptions: { payload: resolve => ({ access_token: resolve(secret('TOKEN')) }) },
  })
  const connection = await connected(t, owner, { TOKEN: wrong })
  const channel = owner.subscribe('items', Row, {
    document: `subscription { changed: ${collection}_mutated { data { ${fields} } } }`,
    at: 'changed.data',
    missed: 'lost',
  })
  await assert.rejects(
    runUntil(connection, channel, new Kept(), () => false),
    error => {
      assert.match(String(error), /cannot be opened|was closed/)
      assert.ok(!String(error).includes(wrong))
      return true
    },
  )
})
