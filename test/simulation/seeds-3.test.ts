import { test } from 'node:test'
import { simulateSeeds } from './seeds.ts'

test('seeds 1001 to 1500: nothing is lost, doubled or reordered, whatever fails', () =>
  simulateSeeds(1001, 1500))
