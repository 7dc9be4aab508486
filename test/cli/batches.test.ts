import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch } from '../../src/server/operations/batches/batch-schemas.ts'
import type { FailureReport } from '../../src/server/operations/failures/failure-schemas.ts'
import { until } from '../control/control-scene.ts'
import { ordersLandscape, Scene } from './fixture.ts'

const at = ['-l', ordersLandscape]

test('failures are told by cause, also of a stopped store, and a batch is begun, shown, let go and aborted', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ A: 'refuse', B: 'refuse', C: 'refuse', D: 'lose' })
  await until(() => running.log('parked').length === 3 && running.log('in doubt').length === 1)
  const told = await scene.run(['failures', ...at])
  assert.match(told.out, /bad data: edit/)
  assert.match(told.out, /may have happened: verify/)
  const { groups } = await scene.ask<FailureReport>('failures', '--code', 'TARGET-REFUSED')
  assert.deepEqual(
    groups.map(({ count, verdict }) => [count, verdict]),
    [[3, 'needs-fix']],
  )
  const group = groups[0]?.group ?? ''
  assert.match((await scene.run(['batch', 'start', '--group', group, ...at])).err, /--why is missing/)
  assert.match((await scene.run(['batch', 'start', '--why', 'x', ...at])).err, /Say which/)
  const order = [
    'batch',
    'start',
    '--group',
    group,
    '--do',
    'discard',
    '--stages',
    '1',
    '--why',
    'test orders',
    '--yes',
  ]
  const begun = await scene.ask<Batch>(...order)
  const shown = () => scene.ask<Batch>('batch', 'show', begun.batch)
  await until(async () => (await shown()).state === 'waiting')
  assert.match((await scene.run(['batch', 'show', ...at])).out, /stage 1 of 1: 1 done/)
  await scene.run(['batch', 'go', begun.batch, ...at])
  await until(async () => (await shown()).state === 'ended')
  assert.match((await scene.run(['batch', 'abort', begun.batch, ...at])).err, /is over/)
  await running.stop()
  const { total, groups: left } = await scene.ask<FailureReport>('failures', ...at)
  assert.deepEqual([total, left[0]?.state], [1, 'doubt'])
  assert.match(
    (await scene.run([...order.slice(0, 2), '--code', 'x', '--why', 'x', '-y', ...at])).err,
    /No message fits|only/,
  )
})
