import assert from 'node:assert/strict'
import { test } from 'node:test'
import { model, system, Type } from 'isthmus'
import type { Outgoing } from 'isthmus/connector'
import { connectContext } from 'isthmus/testing'
import { startServer } from '../../test/integration/http-harness.ts'
import { shop } from './shop.ts'

const Order = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })

test('a connector made of rest has its promises, and channels of its own', async t => {
  const { url, received } = await startServer(t, (_, response) => response.writeHead(201).end('{}'))
  const web = system('web', { kind: 'crm', connector: shop({ url }) })
  const orders = web.orders('orders', Order)
  assert.deepEqual(orders.effect, { kind: 'idempotent', probe: false })
  const connection = await web.connector.connect(connectContext({ system: 'web' }))
  t.after(() => connection.close())
  const item: Outgoing = { data: { no: 'A-1' }, effectKey: 'E-1', key: 'A-1', messageId: 'M-1', attempt: 1 }
  const answers = await connection.sink?.(orders).write([item], t.signal)
  assert.deepEqual(answers, [{ ok: true }])
  assert.deepEqual(
    received.map(({ method, path, headers, body }) => [method, path, headers['x-request-id'], body]),
    [['POST', '/v2/orders', 'E-1', '{"no":"A-1"}']],
  )
  assert.throws(() => shop({ url, timout: '1s' } as object), /has the option "timout"/)
})
