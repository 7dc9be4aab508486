import assert from 'node:assert/strict'
import { test } from 'node:test'
import { febrl, quality, sites } from '../../bench/match/gold.ts'
import { persons, places } from '../../bench/match/matchers.ts'

// Floors just below what was measured: 1, 0.9997 and 0.966 (`npm run bench -- match`).
const corpus = process.env.ISTHMUS_CORPUS
const skip = corpus === undefined ? 'ISTHMUS_CORPUS is not set' : false

test('persons of Febrl are found again: dataset 1 with 500, dataset 3 with 6538 true pairs', { skip }, () => {
  for (const [name, records, floor] of [
    ['dataset1.csv', 1000, 0.995],
    ['dataset3.csv', 5000, 0.998],
  ] as const) {
    const gold = febrl(corpus as string, name)
    assert.equal(gold.records.length, records)
    const { f1, precision, recall } = quality(persons.deduplicate(gold.records).clusters, gold.truth)
    assert.ok(f1 >= floor, `${name}: F1 ${f1}, precision ${precision}, recall ${recall}`)
  }
})

test('sites of organisations as nine agencies wrote them are found again', { skip }, () => {
  const gold = sites(corpus as string)
  assert.equal(new Set(gold.truth).size, 1162)
  const { f1, precision, recall } = quality(places.deduplicate(gold.records).clusters, gold.truth)
  assert.ok(
    f1 >= 0.96 && precision >= 0.97 && recall >= 0.95,
    `F1 ${f1}, precision ${precision}, recall ${recall}`,
  )
})
