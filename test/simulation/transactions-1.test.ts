import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulateTransactions } from '../../src/testing/simulation/transactions/simulate-transactions.ts'

test('transactions of seeds 1 to 300: all branches or none, whatever fails', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { violations } = await simulateTransactions(seed)
    assert.deepEqual(violations, [], `replay it with: npm run soak -- transactions --seed ${seed}`)
  }
})
