import { membersScenarios, simulateMembers } from '../../src/testing/simulation/members/scenarios.ts'

interface Size {
  readonly members: number
  readonly partitions: number
}

/** Every scenario with these seeds; gives how many failed. Says what each stretch came to. */
export async function soakMembers(
  first: number,
  count: number,
  size: Size,
  say: (line: string) => void,
): Promise<number> {
  let failed = 0
  for (let seed = first; seed < first + count; seed++)
    for (const scenario of membersScenarios) {
      const { violations, stretches } = await simulateMembers(scenario, { seed, ...size })
      for (const { name, ...figures } of stretches) say(`seed ${seed}, ${name}: ${JSON.stringify(figures)}`)
      if (violations.length === 0) continue
      failed++
      say(`seed ${seed}, ${scenario.name}: ${violations.slice(0, 3).join('; ')}`)
      say(`  replay it with: npm run soak -- members --seed ${seed} --members ${size.members}`)
    }
  say(`${count} seeds of ${membersScenarios.length} scenarios: ${failed} failed`)
  return failed
}
