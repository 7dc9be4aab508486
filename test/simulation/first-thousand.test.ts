import { test } from 'node:test'
import { simulateSeeds } from './seeds.ts'

test('seeds 1 to 1000: nothing is lost, doubled or reordered, whatever fails', () => simulateSeeds(1, 1000))
