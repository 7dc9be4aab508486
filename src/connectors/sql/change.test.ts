import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import { changeModel } from './change.ts'

const Order = model('Order', {
  version: 2,
  pii: ['buyer'],
  schema: Type.Object({ no: Type.String(), buyer: Type.String() }),
})
const OrderChange = changeModel(Order)
const head = { table: 'public.orders', position: '0/1' }

describe('the model of changes', () => {
  it('is named after that of the rows, and knows what is personal in them', () => {
    assert.equal(OrderChange.name, 'OrderChange')
    assert.equal(OrderChange.version, 2)
    assert.deepEqual(OrderChange.pii, ['row.buyer', 'before.buyer'])
  })

  it('checks rows, but not what is known of those before', () => {
    const row = { no: '1', buyer: 'Li' }
    for (const change of [
      { op: 'insert', row },
      { op: 'update', row, before: { no: '0' }, unchanged: ['note'] },
      { op: 'delete', before: { no: '1' } },
      { op: 'truncate' },
    ])
      assert.deepEqual(OrderChange.validate({ ...head, ...change }), {
        ok: true,
        data: { ...head, ...change },
      })
    assert.deepEqual(
      OrderChange.validate({ ...head, op: 'update', row: { no: '1' }, unchanged: ['buyer'] }),
      {
        ok: false,
        problems: [{ path: 'row.buyer', problem: 'is required' }],
      },
    )
    for (const wrong of [null, {}, { ...head, op: 'replace' }, { ...head, op: 'insert', row: 1 }])
      assert.equal(OrderChange.validate(wrong).ok, false)
  })
})
