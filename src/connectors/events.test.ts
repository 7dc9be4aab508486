import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import type { EventOptions } from '../message/cloud-event.ts'
import { model } from '../model/model.ts'
import { typedEvent } from './events.ts'

const Order = model('Order', { version: 2, schema: Type.Unknown() })

test('events have the type of the model, unless they have their own', () => {
  assert.equal(typedEvent('bus.orders', { source: '/mes' }, Order)?.type, 'Order.v2')
  assert.equal(typedEvent('bus.orders', { source: '/mes', type: 'placed' }, Order)?.type, 'placed')
  assert.equal(typedEvent('bus.orders', undefined, Order), undefined)
})

test('events that would be none are refused when the channel is declared', () => {
  const wrong: readonly (readonly [EventOptions, RegExp])[] = [
    [{ source: '' }, /without a source/],
    [{ source: 'a\nb' }, /without a source/],
    [{ source: '/mes', type: '' }, /without a type/],
    [{ source: '/mes', mode: 'neither' as never }, /neither binary nor structured/],
  ]
  for (const [event, message] of wrong)
    assert.throws(() => typedEvent('bus.orders', event, Order), { code: 'FLOW-DEFINITION', message })
})
