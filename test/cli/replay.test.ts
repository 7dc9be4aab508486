import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplayPreview, ReplayReport } from '../../src/server/operations/replay-schemas.ts'
import { until } from '../control/control-scene.ts'
import { ordersLandscape, type Running, Scene } from './fixture.ts'

const at = ['-l', ordersLandscape]

async function sceneOf(scene: Scene): Promise<Running> {
  const running = await scene.start()
  scene.deliver({ A: 'ok', B: 'ok' })
  await scene.ended(2)
  return running
}

test('beside a stopped instance a replay is looked at first; what must not happen twice does not', async t => {
  const scene = new Scene(t)
  await (await sceneOf(scene)).stop()
  const { out } = await scene.run(['replay', '--outcome', 'delivered', ...at])
  assert.match(out, /is recorded as done, and not sent/)
  assert.match(out, /2 messages would run again\. No effect may double\./)
  assert.doesNotMatch(out, /Wang Xiaoming/)
  const { messages } = await scene.ask<ReplayPreview>('replay', '--key', 'A')
  const [message] = messages
  assert.deepEqual([message?.key, message?.state, message?.differences], ['A', 'delivered', []])
  assert.match((await scene.run(['replay', ...at])).err, /Say which/)
  assert.match((await scene.run(['replay', '--key', 'A', '--do', ...at])).err, /--yes/)
  const why = ['--by', 'ann', '--why', 'a test', '--yes']
  const { done } = await scene.ask<ReplayReport>('replay', `${message?.flow}/${message?.seq}`, '--do', ...why)
  assert.equal(done.length, 1)
  const after = await scene.start()
  await scene.ended(3)
  await after.stop()
  assert.deepEqual(scene.booked().sort(), ['A', 'B'])
  const { balanced } = await scene.ask<{ balanced: boolean }>('verify')
  assert.ok(balanced)
})

test('new effects must be allowed by the instance, and are then done once more', async t => {
  const scene = new Scene(t)
  const refusing = await sceneOf(scene)
  const order = ['replay', '--key', 'A', '--do', '--new-effects', '--yes', ...at]
  assert.match((await scene.run(order)).err, /--why/)
  assert.match((await scene.run([...order, '--why', 'lost'])).err, /ISTHMUS_ALLOW_NEW_EFFECTS=1/)
  await refusing.stop()
  const allowing = await scene.start({ ISTHMUS_ALLOW_NEW_EFFECTS: '1' })
  assert.equal((await scene.run([...order, '--why', 'lost', '--by', 'ann'])).code, 0)
  await until(() => scene.booked().length === 3)
  assert.deepEqual(scene.booked().sort(), ['A', 'A', 'B'])
  assert.match(String(allowing.log('decided')[0]?.text), /replay with new effects by ann: lost/)
  await allowing.stop()
})
