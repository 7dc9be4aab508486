import { test } from 'node:test'
import { simulateSagaSeeds } from './saga-seeds.ts'

test('sagas of seeds 1 to 300: each is completed or taken back, whatever fails', () =>
  simulateSagaSeeds(1, 300))
