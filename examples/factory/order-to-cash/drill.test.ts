import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drill as drilled } from '../../../src/testing/drill/drill.ts'
import { drill } from './drill.ts'
import { orderToCash } from './order-to-cash.ts'

test('order to cash leaves nothing half done, whatever goes wrong at whichever step', async () => {
  const { failures, unreached } = await drilled(orderToCash.definition, drill)
  assert.deepEqual([failures, unreached], [[], []])
})
