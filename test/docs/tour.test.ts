import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import tour from '../../examples/tour/isthmus.ts'
import { planFlow } from '../../src/engine/plan.ts'
import { runSteps } from '../../src/engine/run-steps.ts'
import { checkLandscape } from '../../src/flow/check.ts'
import type { Flow } from '../../src/flow/flow.ts'

const root = join(import.meta.dirname, '../..')
const [booking] = tour.flows as readonly [Flow]

test('docs/flows.md shows the tour as it runs', () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/flows.md'), 'utf8'))?.[1]
  assert.equal(shown, readFileSync(join(root, 'examples/tour/isthmus.ts'), 'utf8'))
})

test('the tour may run, and does what it says', async () => {
  assert.deepEqual(checkLandscape(tour), [])
  const plan = planFlow(booking)
  const order = {
    no: ' w-1 ',
    email: 'Ann@Example.com ',
    status: 'placed',
    lines: [
      { sku: 'a', qty: '2' },
      { sku: 'b ', qty: '0.5' },
    ],
  }
  assert.equal(plan.key(order), 'W-1')
  const calls: [string, unknown][] = []
  await runSteps(plan.steps, order, {
    effect: async (_, path, request) => {
      calls.push([path, request])
      return { price: '1.10' }
    },
  })
  assert.deepEqual(calls.slice(1), [
    ['lines[0].cost', { sku: 'A' }],
    ['lines[0].erp.bookings', { order: 'W-1', sku: 'A', qty: '2.000', amount: '2.20' }],
    ['lines[1].cost', { sku: 'B' }],
    ['lines[1].erp.bookings', { order: 'W-1', sku: 'B', qty: '0.500', amount: '0.55' }],
    ['crm.welcome', { order: 'W-1', email: 'ann@example.com', positions: 2 }],
  ])
})
