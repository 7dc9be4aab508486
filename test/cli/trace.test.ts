import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TracedMessage } from '../../src/server/operations/schemas.ts'
import { until } from '../check/processes.ts'
import { ordersLandscape, Scene } from './fixture.ts'

interface Traced {
  readonly messages: readonly TracedMessage[]
}

test('a trace tells each hop with its data, the effect and the reason, masked or not, online as offline', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ A: 'ok', B: 'refuse' })
  await until(() => running.log('parked').length === 1)
  await scene.ended(1)
  await scene.run(['trace', 'A', '-l', ordersLandscape])
  const online = await scene.ask<Traced>('trace', 'B')
  await running.stop()
  assert.deepEqual(await scene.ask<Traced>('trace', 'B'), online)

  const [refused] = online.messages as [TracedMessage]
  assert.equal(refused.state, 'parked')
  assert.deepEqual(
    refused.hops.map(({ step, kind }) => [step, kind]),
    [
      ['source', 'source'],
      ['map-Booking', 'map'],
      ['erp.bookings', 'to'],
    ],
  )
  // The name is classified in the model of the source only; what is made of it is masked all the same.
  assert.deepEqual(refused.hops[1]?.before, { no: 'B', customer: '***', ask: 'refuse' })
  assert.deepEqual(refused.hops[1]?.after, { order: 'B', name: '***', ask: 'refuse' })
  assert.deepEqual(refused.hops[2]?.call?.request, { order: 'B', name: '***', ask: 'refuse' })
  assert.equal(refused.error?.reason, '*** is not known, said [secret]')
  assert.equal(refused.error?.step, 'erp.bookings')

  const shown = await scene.ask<Traced>('trace', 'B', '--show-pii')
  assert.deepEqual(shown.messages[0]?.hops[1]?.after, { order: 'B', name: 'Wang Xiaoming', ask: 'refuse' })

  const { messages } = await scene.ask<Traced>('trace', 'A')
  const [delivered] = messages as [TracedMessage]
  assert.equal(delivered.hops[2]?.call?.state, 'done')
  assert.match(delivered.hops[2]?.call?.effectKey ?? '', /^[a-z2-7]{52}$/)
  const by = async (text: string) => (await scene.ask<Traced>('trace', text)).messages.map(({ id }) => id)
  assert.deepEqual(await by(delivered.id), [delivered.id])
  assert.deepEqual(await by(`booking/${delivered.seq}`), [delivered.id])
})

test('people read it as a page; a key that nobody knows ends with 1', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ A: 'refuse' })
  await until(() => running.log('parked').length === 1)
  const { out } = await scene.run(['trace', 'A', '-l', ordersLandscape])
  assert.match(out, /^booking\/1 {2}parked$/m)
  assert.match(out, /^ {3}2 map-Booking map$/m)
  assert.match(out, /^ {5}\+ name {3}"\*\*\*"$/m)
  assert.match(out, /reason {4}TARGET-REFUSED at erp\.bookings: \*\*\* is not known/)
  const { out: shown } = await scene.run(['parked', 'show', 'booking/1', '-l', ordersLandscape])
  assert.match(shown, /isthmus parked retry booking\/1/)
  const none = await scene.run(['trace', 'Z', '-l', ordersLandscape])
  assert.equal(none.code, 1)
  assert.match(none.out, /no message with the key "Z"/)
})
