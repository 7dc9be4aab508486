import {
  type MembersOptions,
  type MembersResult,
  MembersSimulation,
  type Stretch,
} from './simulate-members.ts'

/** One thing that happens to many members, and what must be true of it. */
export interface MembersScenario {
  readonly name: string
  run(simulation: MembersSimulation, options: MembersOptions): Promise<void>
  /** What is wrong with what a stretch came to. */
  judge(stretch: Stretch, options: MembersOptions): string[]
}

/** Milliseconds that the store promises: see docs/scale.md. */
const takeOver = 15_000
const handOver = 1_000

export const membersScenarios: readonly MembersScenario[] = [
  {
    name: 'one by one',
    run: async (simulation, { members, partitions }) => {
      const least = Array.from({ length: members - 1 }, (_, n) => Math.floor(partitions / (n + 2)))
      await simulation.stretch('one by one', sum(least), async () => {
        for (let n = 0; n < members; n++) {
          simulation.born()
          await simulation.time.sleep(250)
        }
      })
    },
    judge: stretch => [...quick(stretch), ...moved(stretch, 1.1)],
  },
  {
    name: 'a tenth dies',
    run: async (simulation, { members }) => {
      await begun(simulation, members)
      const dead = simulation.members.slice(0, Math.ceil(members / 10))
      await simulation.stretch('a tenth dies', sum(dead.map(({ working }) => working.size)), async () => {
        for (const member of dead) simulation.kill(member)
      })
    },
    judge: stretch => [...quick(stretch), ...moved(stretch, 1)],
  },
  {
    name: 'store away',
    run: async (simulation, { members }) => {
      await begun(simulation, members)
      await simulation.stretch('store away', 0, async () => {
        simulation.server.isAway = true
        await simulation.time.sleep(20_000)
        simulation.server.isAway = false
        await simulation.time.sleep(10_000)
      })
    },
    judge: stretch => [
      ...moved(stretch, 1),
      ...(stretch.ended > 0 ? [`${stretch.ended} members ended`] : []),
    ],
  },
  {
    name: 'a tenth pauses',
    run: async (simulation, { members }) => {
      await begun(simulation, members)
      const paused = simulation.members.slice(0, Math.ceil(members / 10))
      // What they held is taken by others, and as much comes back to those who follow them.
      await simulation.stretch(
        'a tenth pauses',
        2 * sum(paused.map(({ working }) => working.size)),
        async () => {
          for (const member of paused) simulation.pause(member)
          await simulation.time.sleep(25_000)
          for (const { process } of paused) process.goOn()
          await simulation.time.sleep(5_000)
        },
      )
    },
    judge: stretch => [...quick(stretch), ...moved(stretch, 1.5)],
  },
  {
    name: 'rolling restart',
    run: async (simulation, { members, partitions }) => {
      await begun(simulation, members)
      await simulation.stretch('rolling restart', partitions, async () => {
        for (const member of simulation.members) {
          await simulation.leave(member)
          simulation.born()
        }
      })
    },
    judge: stretch => [...quick(stretch), ...moved(stretch, 2)],
  },
  {
    name: 'answers lost',
    run: async (simulation, { members }) => {
      simulation.server.losing = 0.02
      await begun(simulation, members)
      await simulation.stretch('answers lost', 0, async () => {
        for (const member of simulation.members.slice(0, Math.ceil(members / 10))) simulation.kill(member)
        for (let n = 0; n < members / 10; n++) simulation.born()
        await simulation.time.sleep(20_000)
      })
    },
    judge: () => [],
  },
]

/** Runs one scenario; what it must be true of is among the violations. */
export async function simulateMembers(
  scenario: MembersScenario,
  options: MembersOptions,
): Promise<MembersResult> {
  const simulation = new MembersSimulation(options)
  const result = await simulation.run(one => scenario.run(one, options))
  const wrong = result.stretches
    .filter(({ name }) => name === scenario.name)
    .flatMap(stretch => scenario.judge(stretch, options))
  return { ...result, violations: [...result.violations, ...wrong] }
}

/** All members start within a second, and come to rest. */
async function begun(simulation: MembersSimulation, members: number): Promise<void> {
  await simulation.stretch('start together', 0, async () => {
    for (let n = 0; n < members; n++)
      simulation.time.after(simulation.random.next() * 1_000, () => void simulation.born())
    await simulation.time.sleep(1_000)
  })
  await simulation.stretch('at rest', 0, () => simulation.time.sleep(10_000))
}

function quick({ longestHandOver, longestTakeOver }: Stretch): string[] {
  return [
    ...(longestTakeOver > takeOver ? [`a take-over took ${longestTakeOver} ms`] : []),
    ...(longestHandOver >= handOver ? [`a hand-over took ${longestHandOver} ms`] : []),
  ]
}

function moved({ moves, least }: Stretch, most: number): string[] {
  return moves > least * most ? [`${moves} leases moved, where ${least} had to`] : []
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
