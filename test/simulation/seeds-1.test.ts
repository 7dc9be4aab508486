import { test } from 'node:test'
import { simulateSeeds } from './seeds.ts'

test('seeds 1 to 500: nothing is lost, doubled or reordered, whatever fails', () => simulateSeeds(1, 500))
