import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Mutant, mutants } from './mutants.ts'

/**
 * `npm run mutants [-- --seeds N] [-- --only TEXT]`: plants each bug in a copy of the sources and simulates until a
 * promise is seen to break, or runs the test that is named for it. A bug that survives fails the run: then the simulation,
 * or the test, is blind to its kind.
 */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '500' }, only: { type: 'string' } },
})
const root = join(import.meta.dirname, '../..')

const simulations = {
  flows: ['simulate', 'simulate.ts'],
  sagas: ['simulateSagas', 'sagas/simulate-sagas.ts'],
  transactions: ['simulateTransactions', 'transactions/simulate-transactions.ts'],
  sharing: ['simulateSharing', 'sharing/simulate-sharing.ts'],
} as const

const simulating = (hunt: keyof typeof simulations) => `
import { ${simulations[hunt][0]} as simulate } from './src/testing/simulation/${simulations[hunt][1]}'
for (let seed = 1; seed <= Number(process.argv[2]); seed++) {
  const { violations } = await simulate(seed)
  if (violations.length === 0) continue
  console.log('seed ' + seed + ': ' + violations[0])
  process.exit(1)
}
`

let survivors = 0
const chosen = mutants.filter(({ name }) => values.only === undefined || name.includes(values.only))
for (const mutant of chosen) {
  const caught = hunt(mutant)
  if (caught === undefined) survivors++
  console.log(
    `${caught === undefined ? 'SURVIVED' : 'caught  '}  ${mutant.name}${caught ? `: ${caught}` : ''}`,
  )
}
console.log(`${chosen.length - survivors} of ${chosen.length} planted bugs were caught`)
process.exitCode = survivors > 0 ? 1 : 0

/** What was violated first, with its seed; undefined if nothing was. */
function hunt(mutant: Mutant): string | undefined {
  const copy = mkdtempSync(join(tmpdir(), 'isthmus-mutant-'))
  try {
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
    cpSync(join(root, 'package.json'), join(copy, 'package.json'))
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    plant(copy, mutant)
    const run = spawnSync(process.execPath, huntIn(copy, mutant.hunt), {
      cwd: copy,
      encoding: 'utf8',
      timeout: 300_000,
    })
    if (run.status === 0) return undefined
    const failed = /^✖ (.*) \(/m.exec(run.stdout)?.[1]
    if (typeof mutant.hunt === 'object') return failed ?? 'the test did not end'
    return (run.stdout.trim() || run.stderr.trim().split('\n').at(-1) || 'the simulation hung').slice(0, 140)
  } finally {
    rmSync(copy, { recursive: true })
  }
}

/** The arguments of the process that hunts. */
function huntIn(copy: string, hunt: Mutant['hunt'] = 'flows'): string[] {
  if (typeof hunt === 'object') {
    cpSync(join(root, 'test'), join(copy, 'test'), { recursive: true })
    return ['--test', '--test-force-exit', join(copy, hunt.test)]
  }
  writeFileSync(join(copy, 'hunt.ts'), simulating(hunt))
  return [join(copy, 'hunt.ts'), values.seeds]
}

function plant(copy: string, { name, file, find, replace }: Mutant): void {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(find).length !== 2) throw new Error(`"${name}": ${file} does not hold this once: ${find}`)
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
}
