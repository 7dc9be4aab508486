import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goldPairs } from './gold.ts'
import { measurable, measure, measureWhole, type PairMeasure, ratios } from './measure.ts'
import { wholePairs } from './whole-gold.ts'

const corpus = process.env.ISTHMUS_CORPUS

async function measured(pairs: typeof goldPairs, half: PairMeasure['half']) {
  const some: PairMeasure[] = []
  for (const pair of pairs) if (pair.half === half) some.push(await measure(pair, corpus))
  return { ...ratios(some), mistakes: some.flatMap(({ name, mistakes }) => [name, ...mistakes]).join('\n') }
}

function atLeast(
  found: Awaited<ReturnType<typeof measured>>,
  floor: Record<'precision' | 'recall' | 'shown', number>,
) {
  for (const [what, least] of Object.entries(floor) as ['precision', number][])
    assert.ok(found[what] >= least, `${what} ${found[what]} is below ${least}\n${found.mistakes}`)
}

test('suggestions over schemas of our own are as good as they were measured, on both halves', async () => {
  const own = measurable(undefined)
  assert.equal(own.length, 4)
  atLeast(await measured(own, 'tuned'), { precision: 0.96, recall: 0.96, shown: 0.98 })
  atLeast(await measured(own, 'held-out'), { precision: 0.92, recall: 0.84, shown: 0.96 })
})

test('suggestions over real schemas are as good as they were measured, on both halves', {
  skip: corpus === undefined && 'ISTHMUS_CORPUS is not set',
}, async () => {
  const fields = goldPairs.reduce((sum, { gold }) => sum + gold.trim().split('\n').length, 0)
  assert.ok(goldPairs.length >= 6 && fields >= 120, `${goldPairs.length} pairs, ${fields} fields`)
  atLeast(await measured(goldPairs, 'tuned'), { precision: 0.9, recall: 0.86, shown: 0.96 })
  atLeast(await measured(goldPairs, 'held-out'), { precision: 0.92, recall: 0.85, shown: 0.96 })
})

test('suggestions for whole models of the catalogue are as good as they were measured', () => {
  const floors = { tuned: [0.68, 0.4], 'held-out': [0.6, 0.44] } as const
  for (const half of ['tuned', 'held-out'] as const) {
    const some = wholePairs.filter(each => each.half === half).map(measureWhole)
    const mistakes = some.flatMap(each => each.mistakes).join('\n')
    const [precision, recall] = floors[half]
    atLeast({ ...ratios(some), mistakes }, { precision, recall, shown: 0.76 })
  }
})
