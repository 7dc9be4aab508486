import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WhyAnswer } from '../../src/server/operations/messages/schemas.ts'
import { ordersLandscape, Scene } from './fixture.ts'

test('why tells what a value was made of, masked or not, online as offline', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ A: 'ok' })
  await scene.ended(1)
  const online = await scene.ask<WhyAnswer>('why', 'A', 'erp.bookings.name', '-l', ordersLandscape)
  const text = await scene.run(['why', 'A', 'erp.bookings.order', '-l', ordersLandscape])
  await running.stop()
  assert.deepEqual(await scene.ask<WhyAnswer>('why', 'A', 'erp.bookings.name', '-l', ordersLandscape), online)
  const told = ({ steps }: WhyAnswer) => steps.map(({ how, field, value }) => [how, field, value])
  assert.deepEqual(told(online).at(-1), ['delivered', 'customer', '***'])
  const shown = await scene.ask<WhyAnswer>(
    'why',
    'A',
    'erp.bookings.name',
    '--show-pii',
    '-l',
    ordersLandscape,
  )
  assert.deepEqual(told(shown).at(-1), ['delivered', 'customer', 'Wang Xiaoming'])
  assert.match(text.out, /^order = "A"\s+sent to erp\.bookings {2}\S+\/1\n[\s\S]+no = "A"\s+delivered by /)
  const unknown = await scene.run(['why', 'A', 'nobody', '-l', ordersLandscape])
  assert.match(unknown.err, /No message of A has a field nobody/)
})
