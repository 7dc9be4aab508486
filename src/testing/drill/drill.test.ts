import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Effect,
  idempotent,
  irreversible,
  model,
  probed,
  type RequesterChannel,
  read,
  type SinkChannel,
  saga,
  sagaEvent,
  Type,
  topic,
} from '../../index.ts'
import { drill } from './drill.ts'

const Order = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
type OrderData = { no: string }
const Answer = model('Answer', { version: 1, schema: Type.Object({ by: Type.String() }) })

const base = { system: 'world', model: Order, options: {} }
function requester<E extends Effect>(
  name: string,
  effect: E,
): RequesterChannel<OrderData, { by: string }, E> {
  return { ...base, role: 'requester', name, effect, answer: Answer }
}
function sink<E extends Effect>(name: string, effect: E): SinkChannel<OrderData, E> {
  return { ...base, role: 'sink', name, effect }
}
const same = ({ input }: { readonly input: OrderData }): OrderData => input

test('a saga of every kind of stage keeps its promises in every case that a drill derives', async () => {
  const made = sagaEvent('made', Order)
  const pay = saga('pay', Order)
    .step('charge', requester('charge', idempotent), same)
    .undo(sink('refund', idempotent), same)
  const orders = saga('orders', Order)
    .lock('one at a time', s => s.input.no)
    .together('prepare', part => ({
      stock: part
        .step('reserve', requester('reserve', idempotent), same)
        .undo(sink('release', idempotent), same),
      book: part.step('book', requester('book', irreversible), same).undo(sink('unbook', idempotent), same),
    }))
    .wait('made', made, { within: '3d' })
    .child('pay', pay, same)
    .decide('credit', {
      question: s => `Release ${s.input.no}?`,
      options: ['yes', 'no'],
      within: '2d',
      late: 'undo',
    })
    .require('released', s => s.credit?.choice === 'yes')
    .pivot('ship', requester('ship', probed(irreversible)), same)
    .step('tell', sink('tell', idempotent), same)
  const { failures, unreached, coverage, ends } = await drill(orders.definition)
  assert.deepEqual(failures, [])
  assert.deepEqual(unreached, [])
  assert.ok((ends.completed ?? 0) > 20 && (ends.compensated ?? 0) > 100 && (ends['needs person'] ?? 0) > 20)
  const met = coverage.filter(({ step }) => step === 'pay/charge:undo').map(({ met: trouble }) => trouble)
  assert.equal(met.length, 7)
})

test('a saga that leaves something behind when it turns back is found out', async () => {
  const careless = saga('careless', Order)
    .step('reserve', requester('reserve', idempotent), same)
    .step('charge', requester('charge', idempotent), same)
    .undo(sink('refund', idempotent), same)
  const { failures } = await drill(careless.definition)
  assert.match(
    failures.flatMap(({ wrong }) => wrong).join('; '),
    /reserve happened and has nothing that takes it back/,
  )
})

test('a function that fails where an answer is missing is found out', async () => {
  const hasty = saga('hasty', Order)
    .step('reserve', requester('reserve', irreversible), same)
    .undo(sink('release', idempotent), s => ({ no: (s.reserve as { by: string }).by }))
    .pivot('ship', requester('ship', idempotent), same)
  const { failures } = await drill(hasty.definition)
  assert.match(failures.map(({ case: name }) => name).join('; '), /reserve lost before its effect/)
})

test('a saga whose step compares is drilled with changes, also with those that it has made itself', async () => {
  const account = requester('account', read)
  const compares = saga('compares', Order)
    .recheck('account', account, same, () => true)
    .step('debit', sink('debit', idempotent), same, { compares: 'account' })
    .undo(sink('credit', idempotent), same)
    .pivot('tell', sink('tell', idempotent), same)
  const { failures, coverage } = await drill(compares.definition)
  assert.deepEqual(failures, [])
  const ended = (trouble: string) =>
    coverage.find(({ step, met }) => step === 'debit' && met === trouble)?.ended
  assert.deepEqual(ended('changed once'), ['completed'])
  assert.deepEqual(ended('lost after its effect, then changed'), ['compensated'])
  assert.deepEqual(ended('lost after its effect, then refused'), ['compensated'])
})

test('what was lost and then refused is taken back, or needs a person where it cannot be', async () => {
  const orders = saga('orders', Order)
    .step('reserve', requester('reserve', idempotent), same)
    .undo(sink('release', idempotent), same)
    .pivot('ship', requester('ship', idempotent), same)
    .step('tell', sink('tell', idempotent), same)
  const { failures, coverage } = await drill(orders.definition)
  assert.deepEqual(failures, [])
  const ended = (of: string, trouble: string) =>
    coverage.find(({ step, met }) => step === of && met === trouble)?.ended
  for (const lost of ['lost before its effect, then refused', 'lost after its effect, then refused']) {
    assert.deepEqual(ended('reserve', lost), ['compensated'])
    assert.deepEqual(ended('reserve:undo', lost), ['needs person'])
    assert.deepEqual(ended('ship', lost), ['needs person'])
    assert.deepEqual(ended('tell', lost), ['needs person'])
  }
})

test('a saga that publishes on a topic is drilled, though nobody reads it', async () => {
  const told = topic('told', Order)
  const tells = saga('tells', Order).pivot('ship', sink('ship', idempotent), same).step('tell', told, same)
  const { failures, unreached } = await drill(tells.definition)
  assert.deepEqual([failures, unreached], [[], []])
})

test('a drill whose input does not fit says so', async () => {
  const Amount = model('Amount', {
    version: 1,
    key: 'no',
    schema: Type.Object({ no: Type.String({ pattern: '^\\d\\.\\d$' }) }),
  })
  const bills = saga('bills', Amount).step('bill', sink('bill', idempotent), same)
  await assert.rejects(drill(bills.definition), /no must match pattern/)
  const { failures } = await drill(bills.definition, { input: { no: '1.0' } })
  assert.deepEqual(failures, [])
})
