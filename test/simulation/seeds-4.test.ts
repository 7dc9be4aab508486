import { test } from 'node:test'
import { simulateSeeds } from './seeds.ts'

test('seeds 1501 to 2000: nothing is lost, doubled or reordered, whatever fails', () =>
  simulateSeeds(1501, 2000))
