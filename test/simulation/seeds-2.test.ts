import { test } from 'node:test'
import { simulateSeeds } from './seeds.ts'

test('seeds 501 to 1000: nothing is lost, doubled or reordered, whatever fails', () =>
  simulateSeeds(501, 1000))
