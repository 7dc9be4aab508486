import { simulate } from '../../src/testing/simulation/simulate.ts'

/** Simulates seeds one after another; gives how many failed. A failing seed prints the command that replays it. */
export async function soakSimulation(first: number, count: number, showTrace: boolean): Promise<number> {
  let failed = 0
  let crashes = 0
  let messages = 0
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(seed)
    crashes += result.crashes
    messages += result.messages
    if (showTrace) console.log(result.trace.join('\n'))
    if (result.violations.length === 0) continue
    failed++
    console.log(`seed ${seed}: ${result.violations.slice(0, 3).join('; ')}`)
    console.log(`  replay it with: npm run soak -- simulation --seed ${seed} --trace`)
  }
  console.log(`${count} seeds, ${messages} messages, ${crashes} crashes: ${failed} failed`)
  return failed
}
