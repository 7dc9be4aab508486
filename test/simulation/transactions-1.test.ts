import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulateTransactions } from '../../src/testing/simulation/transactions/simulate-transactions.ts'

/** Each of them has shown a bug of the engine once. */
const remembered = [459, 861, 1756, 2452, 2493, 4095]

test('transactions of seeds 1 to 300: all branches or none, whatever fails', async () => {
  for (const seed of [...Array.from({ length: 300 }, (_, n) => n + 1), ...remembered]) {
    const { violations } = await simulateTransactions(seed)
    assert.deepEqual(violations, [], `replay it with: npm run soak -- transactions --seed ${seed}`)
  }
})
