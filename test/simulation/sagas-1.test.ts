import { test } from 'node:test'
import { simulateSagaSeeds } from './saga-seeds.ts'

test('sagas of seeds 1 to 300: each is completed or taken back, whatever fails', () =>
  simulateSagaSeeds(1, 300))

test('sagas of seeds 1 to 150 that people pause and take over: nothing begins meanwhile, and all end', () =>
  simulateSagaSeeds(1, 150, true))

/** Shows whether a step that an earlier process began is remembered while its saga is paused. */
test('a saga that is paused at the start of the process', () => simulateSagaSeeds(1480, 1480, true))

/** Each of them has shown a bug of the engine once. */
const remembered = [12, 16, 35, 171, 201, 219, 284, 616, 753, 1171, 1395, 3684, 4193, 7569, 12448]

test('sagas of seeds that once showed a bug', async () => {
  for (const seed of remembered) await simulateSagaSeeds(seed, seed)
})
