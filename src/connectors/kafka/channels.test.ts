import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import { kafkaChannels } from './channels.ts'

const Order = model('Order', { version: 1, schema: Type.Unknown() })

test('two channels do not read one topic in one group: each would get a part of it', () => {
  const bus = kafkaChannels('bus')
  bus.consume('orders', Order, { topic: 'orders', group: 'finance' })
  bus.consume('invoices', Order, { topic: 'invoices', group: 'finance' })
  bus.consume('stock', Order, { topic: 'orders', group: 'stock' })
  bus.consume('all', Order, { topic: 'orders' })
  // Declared again, it is the same channel.
  bus.consume('orders', Order, { topic: 'orders', group: 'finance' })
  assert.throws(() => bus.consume('more', Order, { topic: 'orders', group: 'finance' }), {
    code: 'FLOW-DEFINITION',
    message: /bus\.more reads orders in the group finance, as bus\.orders does/,
  })
})
