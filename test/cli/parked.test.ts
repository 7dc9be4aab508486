import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecisionReport, ParkedPage, TracedMessage } from '../../src/server/operations/schemas.ts'
import { until } from '../check/processes.ts'
import { ordersLandscape, type Running, Scene } from './fixture.ts'

const at = ['-l', ordersLandscape]

/** An instance, running or stopped, on which A and B are parked and C is in doubt. */
async function sceneOf(scene: Scene, state: 'running' | 'stopped'): Promise<Running> {
  const running = await scene.start()
  scene.deliver({ A: 'refuse', B: 'refuse', C: 'lose', D: 'ok' })
  await until(() => running.log('parked').length === 2 && running.log('in doubt').length === 1)
  await scene.ended(1)
  if (state === 'stopped') await running.stop()
  return running
}

/** What was decided is carried out by an instance that runs, or by the next one. */
async function settled(scene: Scene, running: Running): Promise<Running> {
  return running.child.exitCode === null ? running : scene.start()
}

for (const state of ['running', 'stopped'] as const) {
  test(`${state}: a message is edited, one confirmed, one discarded, and the reasons stay with them`, async t => {
    const scene = new Scene(t)
    const before = await sceneOf(scene, state)
    const { messages } = await scene.ask<ParkedPage>('parked', 'list')
    const name = (key: string) => {
      const { flow, seq } = messages.find(message => message.key === key) as ParkedPage['messages'][number]
      return `${flow}/${seq}`
    }
    assert.deepEqual(
      messages.map(({ key, status, code }) => [key, status, code]),
      [
        ['A', 'parked', 'TARGET-REFUSED'],
        ['B', 'parked', 'TARGET-REFUSED'],
        ['C', 'doubt', 'TARGET-UNANSWERED'],
      ],
    )

    const data = JSON.stringify({ no: 'A', customer: 'Li Na', ask: 'ok' })
    const edit = ['parked', 'edit', name('A'), '--file', '-', '--by', 'ann', '--why', 'was misspelt', ...at]
    const wrong = await scene.run(edit, { input: '{"no":"A"}' })
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /not a Order: customer is required; ask is required/)
    assert.equal((await scene.run(edit, { input: data })).code, 0)
    assert.equal((await scene.run(['parked', 'confirm', name('C'), '--by', 'ann', ...at])).code, 0)
    const discard = ['parked', 'discard', name('B'), '--by', 'ann', ...at]
    assert.match((await scene.run(discard)).err, /needs a reason/)
    assert.equal((await scene.run([...discard, '--why', 'a test order'])).code, 0)
    assert.match((await scene.run([...discard, '--why', 'again'])).err, /is not set aside: it was discarded/)

    const after = await settled(scene, before)
    await until(() => scene.booked().includes('A'))
    await after.stop()
    const { flows, balanced } = await scene.ask<{ flows: Record<string, unknown>[]; balanced: boolean }>(
      'verify',
    )
    assert.ok(balanced)
    const { delivered, filtered, discarded, parked, inFlight } = flows[0] ?? {}
    assert.deepEqual([delivered, filtered, discarded, parked, inFlight], [3, 1, 1, 0, 0])
    const notes = await Promise.all(['A', 'B', 'C'].map(async key => (await traceOf(scene, key)).note))
    assert.deepEqual(notes, ['edit by ann: was misspelt', 'discarded by ann: a test order', 'confirm by ann'])
    assert.deepEqual(scene.booked().sort(), ['A', 'D'])
  })
}

for (const state of ['running', 'stopped'] as const) {
  test(`${state}: many messages are decided about by a filter, after a count and an agreement`, async t => {
    const scene = new Scene(t)
    const running = await sceneOf(scene, state)
    const retry = ['parked', 'retry', '--code', 'TARGET-REFUSED']
    assert.deepEqual(await scene.ask(...retry, '--dry-run'), { done: 2, refused: [], dryRun: true })
    const unasked = await scene.run([...retry, ...at])
    assert.equal(unasked.code, 2)
    assert.match(unasked.err, /2 messages will run again.*--yes/)
    assert.equal((await scene.ask<DecisionReport>('parked', 'retry', '--older-than', '7d', '--yes')).done, 0)
    assert.equal((await scene.ask<DecisionReport>('parked', 'retry', '--step', 'nonsense', '--yes')).done, 0)
    // What is in doubt is not among them: sending it again could do it twice.
    assert.equal((await scene.ask<DecisionReport>('parked', 'retry', '--all', '--yes')).done, 2)

    const after = await settled(scene, running)
    await until(() => after.log('parked').filter(({ attempts }) => attempts === 2).length === 2)
    const parked = () => scene.ask<ParkedPage>('parked', 'list', '--code', 'TARGET-REFUSED')
    assert.deepEqual(
      (await parked()).messages.map(({ attempts }) => attempts),
      [2, 2],
    )
    const discard = ['parked', 'discard', '--key', 'A', '--why', 'gone', '--yes']
    assert.equal((await scene.ask<DecisionReport>(...discard)).done, 1)
    assert.equal((await parked()).messages.length, 1)
  })
}

test('what is in doubt is only sent again when somebody says that it did not happen', async t => {
  const scene = new Scene(t)
  await sceneOf(scene, 'running')
  const { messages } = await scene.ask<ParkedPage>('parked', 'list', '--in-doubt')
  const name = `booking/${messages[0]?.seq}`
  const unasked = await scene.run(['parked', 'retry', name, ...at])
  assert.equal(unasked.code, 2)
  assert.match(unasked.err, /erp\.bookings was sent and not answered/)
  assert.equal((await scene.run(['parked', 'retry', name, '--yes', ...at])).code, 0)
})

test('pages of the list follow one another without a gap', async t => {
  const scene = new Scene(t)
  await sceneOf(scene, 'stopped')
  const first = await scene.ask<ParkedPage>('parked', 'list', '--limit', '2')
  assert.equal(first.messages.length, 2)
  const rest = await scene.ask<ParkedPage>('parked', 'list', '--limit', '2', '--after', first.next as string)
  assert.deepEqual([rest.messages.map(({ key }) => key), rest.next], [['C'], undefined])
})

async function traceOf(scene: Scene, key: string): Promise<TracedMessage> {
  const { messages } = await scene.ask<{ messages: TracedMessage[] }>('trace', key)
  return messages[0] as TracedMessage
}
