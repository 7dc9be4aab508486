import assert from 'node:assert/strict'
import { simulateSagas } from '../../src/testing/simulation/sagas/simulate-sagas.ts'

/** Simulates the sagas of every seed from `first` to `last`; a failure names the command that replays it. */
export async function simulateSagaSeeds(first: number, last: number, isAttended = false): Promise<void> {
  for (let seed = first; seed <= last; seed++) {
    const { violations } = await simulateSagas(seed, isAttended)
    assert.deepEqual(
      violations,
      [],
      `replay it with: npm run soak -- ${isAttended ? 'attended-sagas' : 'sagas'} --seed ${seed}`,
    )
  }
}
