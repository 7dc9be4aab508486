import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulateSharing } from '../../src/testing/simulation/sharing/simulate-sharing.ts'

test('seeds 1 to 150: members that come, go, die and stand still lose, double and reorder nothing of the store they share', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const { violations } = await simulateSharing(seed)
    assert.deepEqual(violations, [], `replay it with: npm run soak -- sharing --seed ${seed}`)
  }
})

test('the same seed gives the same', async () => {
  const [one, other] = [await simulateSharing(7), await simulateSharing(7)]
  assert.equal(other.digest, one.digest)
})
