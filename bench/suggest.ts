import { measurable, measure, measureWhole, type PairMeasure, ratios } from '../test/suggest/measure.ts'
import { wholePairs } from '../test/suggest/whole-gold.ts'
import { table } from './support/harness.ts'

// How many suggestions are right, by pairs of real schemas that a person has mapped (test/suggest/gold.ts): precision is the share of what was
// written without a question that is right, recall the share of what there is that was written, shown what was written or in the first three
// places of what is left to the engineer. `npm run bench -- suggest --mistakes` tells each that is not right. Timings do not count.
const corpus = process.env.ISTHMUS_CORPUS
const measures: PairMeasure[] = []
for (const pair of measurable(corpus)) measures.push(await measure(pair, corpus))
const row = (what: string, some: readonly PairMeasure[]) => {
  const { precision, recall, shown, fields } = ratios(some)
  return { what, fields, precision: precision.toFixed(2), recall: recall.toFixed(2), shown: shown.toFixed(2) }
}
const halves = (['tuned', 'held-out'] as const).map(half =>
  row(
    half,
    measures.filter(each => each.half === half),
  ),
)
const whole = wholePairs.map(measureWhole)
const rows = [
  ...measures.map(each => row(`${each.half}: ${each.name}`, [each])),
  ...halves,
  ...whole.map(each => row(`whole, ${each.half}: ${each.name}`, [each])),
]
console.log(process.argv.includes('--json') ? JSON.stringify(rows) : table(rows))
if (!corpus) console.log('Without ISTHMUS_CORPUS only pairs of our own are measured.')
if (process.argv.includes('--mistakes')) {
  const tunedOnly = process.argv.includes('--tuned')
  for (const { name, half, mistakes } of [...measures, ...whole])
    if (!tunedOnly || half === 'tuned')
      console.log(`\n${half}: ${name}\n${mistakes.map(each => `  ${each}`).join('\n')}`)
}
