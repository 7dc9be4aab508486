import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Static, Type } from 'typebox'
import type { Answer } from '../../src/index.ts'
import { model } from '../../src/model/model.ts'
import type { RequesterChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import { outgoing } from './http-harness.ts'

/** Not part of `npm test`, not even where servers are required: it takes minutes to install. */
const given = process.env.ISTHMUS_TEST_DIRECTUS
export const withDirectus = {
  skip:
    given === undefined &&
    'ISTHMUS_TEST_DIRECTUS is not set: "npm run soak -- directus" installs Directus and runs this against it',
  timeout: 120_000,
}

const address = new URL(given ?? 'http://admin:absent@absent.invalid/?limited=1')
export const url = address.origin
/** The same data, behind a limit of 3 requests in 2 seconds. */
export const limitedUrl = `http://${address.hostname}:${address.searchParams.get('limited')}`
/** An administrator's. */
export const token = address.password
export const settings = { TOKEN: token }

export const itemSchema = Type.Object({
  id: Type.String(),
  no: Type.String(),
  qty: Type.Union([Type.Integer(), Type.Null()]),
  price: Type.Union([Type.String(), Type.Null()]),
  date_updated: Type.String(),
})
export type Item = Static<typeof itemSchema>
export const Item = model('Item', { version: 1, key: 'id', schema: itemSchema })

/** What Directus answers to its administrator. */
export async function ask<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
  return (text === '' ? undefined : (JSON.parse(text) as { data: T }).data) as T
}

/** A collection of its own, with a unique `no`, a decimal, and the time of the last change; it ends with the test. */
export async function freshCollection(t: TestContext): Promise<string> {
  const collection = `items${randomBytes(4)
    .toString('hex')
    .replace(/\d/g, digit => 'ghijklmnop'[Number(digit)] as string)}`
  const changed = { special: ['date-created', 'date-updated'] }
  await ask('POST', '/collections', {
    collection,
    schema: {},
    meta: {},
    fields: [
      { field: 'id', type: 'uuid', schema: { is_primary_key: true }, meta: { special: ['uuid'] } },
      {
        field: 'no',
        type: 'string',
        schema: { is_unique: true, is_nullable: false },
        meta: { required: true },
      },
      { field: 'qty', type: 'integer', schema: {}, meta: {} },
      {
        field: 'price',
        type: 'decimal',
        schema: { numeric_precision: 20, numeric_scale: 4 },
        meta: {},
      },
      { field: 'date_updated', type: 'timestamp', schema: {}, meta: changed },
    ],
  })
  t.after(() => ask('DELETE', `/collections/${collection}`))
  return collection
}

/** Makes items 1 to `count`, and gives them as Directus has them. */
export async function fill(collection: string, count: number): Promise<Item[]> {
  const items = Array.from({ length: count }, (_, n) => ({
    no: `N${n + 1}`,
    qty: n + 1,
    price: `1234567890123456.${n}`,
  }))
  await ask('POST', `/items/${collection}`, items)
  return ask<Item[]>('GET', `/items/${collection}?sort=qty`)
}

export async function askChannel<I, O>(
  connection: Connection,
  channel: RequesterChannel<I, O>,
  data: unknown,
): Promise<Answer<unknown> | undefined> {
  const requester = connection.requester?.(channel as unknown as RequesterChannel<unknown, unknown>)
  return (await requester?.ask([outgoing(data)], new AbortController().signal))?.[0]
}
