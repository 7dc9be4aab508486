import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Code, code } from '../code.ts'
import type { Contract } from '../contract.ts'
import { writeModule } from './module.ts'

const contract: Contract = {
  format: 'odata',
  title: 'Shop',
  version: '1',
  connector: {
    entry: 'isthmus/rest',
    factory: 'rest',
    options: { url: code`${Code.imported('env', 'isthmus')}(${'URL'})` },
  },
  models: [
    {
      name: 'Order',
      schema: {
        type: 'object',
        properties: {
          no: { type: 'string', description: 'Its number */ here' },
          by: { $ref: '#/$defs/Person' },
        },
        required: ['no'],
      },
      key: 'no',
      origin: '#/Order',
    },
    {
      name: 'Person',
      schema: { type: 'object', properties: { name: { type: ['string', 'null'] } } },
      origin: '#/Person',
    },
  ],
  channels: [
    {
      name: 'place-order',
      factory: 'send',
      role: 'sink',
      model: 'Order',
      effect: { kind: 'idempotent', why: 'PUT is idempotent.' },
      options: { method: code`${'PUT'}` },
      origin: 'PUT /orders',
    },
    {
      name: 'get-order',
      factory: 'get',
      role: 'requester',
      model: 'Order',
      answer: 'Person',
      effect: { kind: 'read', why: 'It only reads.', implied: true },
      options: {},
      origin: 'GET /orders',
    },
  ],
  counts: {},
  problems: [],
}

test('a contract is written as a person would write it', () => {
  assert.equal(
    writeModule(contract, { system: 'my-shop', heading: 'Made by a test.' }),
    `// Made by a test.
// From: Shop 1.

import { env, idempotent, model, system, Type } from 'isthmus'
import { rest } from 'isthmus/rest'

export const myShop = system('my-shop', { kind: 'other', connector: rest({ url: env('URL') }) })

const personSchema = Type.Object({ name: Type.Optional(Type.Union([Type.String(), Type.Null()])) })

/** #/Person */
export const Person = model('Person', { version: 1, schema: personSchema })

/** #/Order */
export const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    /** Its number * / here */
    no: Type.String(),
    by: Type.Optional(personSchema),
  }),
})

/** PUT /orders */
export const placeOrder = myShop.send('place-order', Order, {
  method: 'PUT',
  // PUT is idempotent.
  effect: idempotent,
})

/** GET /orders */
// It only reads.
export const getOrder = myShop.get('get-order', { request: Order, response: Person })
`,
  )
})
