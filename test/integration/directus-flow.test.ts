import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bearer, rest } from '../../src/connectors/rest/index.ts'
import { flow, idempotent, landscape, model, secret, system, Type } from '../../src/index.ts'
import { startInstance } from '../../src/server/instance.ts'
import { until } from '../control/control-scene.ts'
import {
  ask,
  fill,
  freshCollection,
  Item,
  limitedUrl,
  settings,
  token,
  url,
  withDirectus,
} from './directus-fixture.ts'

const Copy = model('Copy', {
  version: 1,
  schema: Type.Object({ id: Type.String(), qty: Type.Union([Type.Integer(), Type.Null()]) }),
})

/** Items of one collection are kept in step with another's, which answers 3 requests in 2 seconds. */
function copying(from: string, to: string) {
  const auth = bearer(secret('TOKEN'))
  const allow = ['loopback'] as const
  const source = system('source', { kind: 'erp', allow, connector: rest({ url, auth }) })
  const target = system('target', { kind: 'crm', allow, connector: rest({ url: limitedUrl, auth }) })
  const items = source.list('items', Item, {
    path: `/items/${from}`,
    query: { sort: 'date_updated,id', limit: 4 },
    records: '/data',
    pages: { by: 'offset' },
    since: { parameter: 'filter[date_updated][_gte]', time: item => Date.parse(item.date_updated) },
    key: item => item.id,
    every: '200ms',
  })
  const copies = target.send('copies', Copy, {
    method: 'PATCH',
    path: ({ id }) => `/items/${to}/${encodeURIComponent(id)}`,
    body: ({ data: { qty } }) => ({ qty }),
    effect: idempotent,
    failure: answer =>
      answer === null ? { outcome: 'refused', reason: 'there is no such item' } : undefined,
  })
  const sync = flow('sync')
    .from(items)
    .key(item => item.id)
    .map(Copy, { id: i => i.id, qty: i => i.qty })
    .to(copies)
  return landscape({ name: 'copying', systems: [source, target], flows: [sync] })
}

test(
  'a flow copies items through a rate limit, and each change once, over restarts',
  withDirectus,
  async t => {
    const data = mkdtempSync(join(tmpdir(), 'isthmus-directus-'))
    t.after(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }))
    const [from, to] = [await freshCollection(t), await freshCollection(t)]
    const items = await fill(from, 9)
    const bare = items.map(({ id, no }) => ({ id, no }))
    await ask('POST', `/items/${to}`, bare)
    const log: string[] = []
    const start = () =>
      startInstance({
        landscape: copying(from, to),
        data,
        port: 0,
        control: { port: 0 },
        environment: settings,
        log: ({ text }) => log.push(text),
      })
    /** What Directus itself has written down of changes to the copies: a second one of the same kind is seen. */
    const changes = async () => {
      const query = `filter[collection][_eq]=${to}&filter[action][_eq]=update&limit=-1&fields=item`
      return (await ask<{ item: string }[]>('GET', `/activity?${query}`)).map(({ item }) => item).sort()
    }
    const quantities = async (collection: string) =>
      (await ask<Item[]>('GET', `/items/${collection}?sort=no`)).map(({ no, qty }) => [no, qty])

    const first = await start()
    await until(async () => (await changes()).length >= items.length, 60_000)
    await first.stop(5_000)
    assert.deepEqual(await changes(), items.map(({ id }) => id).sort())
    assert.deepEqual(await quantities(to), await quantities(from))

    const [changed] = items
    await ask('PATCH', `/items/${from}/${changed?.id}`, { qty: 90 })
    const second = await start()
    await until(async () => (await changes()).length > items.length, 60_000)
    // The whole list was within what a look reaches back to: it was read again, and known.
    await ask('PATCH', `/items/${from}/${items[1]?.id}`, { qty: 91 })
    await until(async () => (await changes()).length > items.length + 1, 60_000)
    await second.stop(5_000)
    const ids = [...items, ...items.slice(0, 2)].map(({ id }) => id)
    assert.deepEqual(await changes(), ids.sort())
    assert.deepEqual(await quantities(to), await quantities(from))
    assert.deepEqual(
      log.filter(text => text.includes(token)),
      [],
    )
  },
)
