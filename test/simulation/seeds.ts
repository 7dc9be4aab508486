import assert from 'node:assert/strict'
import { simulate } from '../../src/testing/simulation/simulate.ts'

/** Simulates every seed from `first` to `last`; a failure names the command that replays it. */
export async function simulateSeeds(first: number, last: number): Promise<void> {
  for (let seed = first; seed <= last; seed++) {
    const { violations } = await simulate(seed)
    assert.deepEqual(violations, [], `replay it with: npm run soak -- simulation --seed ${seed}`)
  }
}
