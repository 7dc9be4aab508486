import { parseArgs } from 'node:util'
import { simulate } from '../../src/testing/simulation/simulate.ts'

/**
 * `npm run soak -- simulation [--seeds N] [--first N]`: simulates N seeds (20,000 unless said) from the first on.
 * `npm run soak -- simulation --seed N [--trace]`: replays one seed, with everything that happened.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20000' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

if (positionals.some(name => name !== 'simulation')) {
  console.error(`There is no soak called "${positionals.join(' ')}". There is: simulation`)
  process.exit(2)
}
const first = Number(values.seed ?? values.first)
const count = values.seed === undefined ? Number(values.seeds) : 1

let failed = 0
let crashes = 0
let messages = 0
for (let seed = first; seed < first + count; seed++) {
  const result = await simulate(seed)
  crashes += result.crashes
  messages += result.messages
  if (values.trace) console.log(result.trace.join('\n'))
  if (result.violations.length > 0) {
    failed++
    console.log(`seed ${seed}: ${result.violations.slice(0, 3).join('; ')}`)
    console.log(`  replay it with: npm run soak -- simulation --seed ${seed} --trace`)
  }
}
console.log(`${count} seeds, ${messages} messages, ${crashes} crashes: ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
