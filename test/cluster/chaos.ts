import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../../src/testing/store-suite/fixture.ts'
import { Load } from './load.ts'
import type { Member } from './member.ts'
import { requireBalance, requireEffects, requireSmall, stopAll } from './oracles.ts'
import { held, makeWorld, settled, until, type World } from './world.ts'

interface Chaos {
  readonly seed: number
  /** For how long things happen: milliseconds. */
  readonly time: number
  tell(line: string): void
}

/** Everything that happens to members of a store, by seed; then it heals, and everything must be as if nothing had been. */
export async function chaos(
  t: { after(work: () => unknown): void },
  { seed, time, tell }: Chaos,
): Promise<void> {
  const world = await makeWorld(t)
  await world.intake.start()
  await Promise.all(world.workers.map(member => member.start()))
  await settled(world)
  const load = new Load(world.intake.url)
  await until('messages flow', () => load.accepted > 100)
  await takeOver(world, tell)
  await handOver(world, tell)
  await withoutDatabase(world, load, tell)
  await happenings(world, { seed, time, tell })
  for (const member of world.members) member.heal()
  const before = load.accepted
  const recovered = await until('messages flow again', () => load.accepted > before + 50)
  await load.end()
  const drained = await requireEffects(world, load)
  tell(`${load.accepted} accepted; recovered in ${s(recovered)}, everything written ${s(drained)} later`)
  await Promise.all(world.members.map(member => member.ready()))
  requireSmall(world)
  await stopAll(world)
  await requireBalance(world, load)
}

/** One dies and one stands still; others have their work within 15 s. Whoever stood still ends as soon as it goes on. */
async function takeOver(world: World, tell: Chaos['tell']): Promise<void> {
  const [killed, stopped] = world.workers as [Member, Member]
  const pids = [killed.pid, stopped.pid]
  const began = await clock(world)
  stopped.pause()
  await killed.kill('stay')
  await until('others have taken over', async () => {
    const shares = await held(world)
    return pids.every(pid => !shares.has(pid)) && sum(shares.values()) === 16
  })
  const took = (await clock(world)) - began
  tell(`take-over after ${s(took)}`)
  // 15 s, and what a machine that does many other things may add.
  assert.ok(took < 30_000, `take-over took ${took} ms`)
  const endings = stopped.endings.length
  stopped.resume()
  await until('who stood still has ended', () => stopped.endings.length > endings)
  assert.deepEqual(stopped.endings.at(-1), { code: 7, signal: null }, stopped.log.slice(-2000))
  await Promise.all([killed.start(), until('another stands in', () => stopped.isReady())])
  await settled(world)
}

/** Who is asked to end gives its work back: nobody waits until its leases have run out. */
async function handOver(world: World, tell: Chaos['tell']): Promise<void> {
  const [, , asked] = world.workers as [Member, Member, Member]
  const { pid } = asked
  const share = (await held(world)).get(pid) ?? 0
  const others = world.workers.filter(member => member !== asked)
  const lengths = others.map(({ log }) => log.length)
  const told = () => others.map(({ log }, n) => log.slice(lengths[n])).join('')
  const began = await clock(world)
  const stopping = asked.stop()
  await until('it is not ready', async () => !(await asked.isReady()))
  const unready = (await clock(world)) - began
  await until('others have taken over', async () => {
    const shares = await held(world)
    return !shares.has(pid) && sum(shares.values()) === 16
  })
  const took = (await clock(world)) - began
  tell(`not ready after ${s(unready)}, hand-over after ${s(took)}`)
  assert.deepEqual(await stopping, { code: 0, signal: null })
  await until('they tell what they took', () => told().split('partition/').length > share)
  assert.doesNotMatch(told(), /did not give back/)
  await asked.start()
  await settled(world)
}

/** Nobody reaches the database for a while; then it crashes. */
async function withoutDatabase({ members, database }: World, load: Load, tell: Chaos['tell']): Promise<void> {
  for (const member of members) member.cut('both')
  await pause(5_000)
  for (const member of members) member.heal()
  const before = load.accepted
  tell(`accepted again ${s(await until('messages flow', () => load.accepted > before + 20))} after the cut`)
  await database.crash('SIGKILL')
  await database.start()
  const then = load.accepted
  tell(`accepted again ${s(await until('messages flow', () => load.accepted > then + 20))} after the crash`)
}

const faults = ['kill', 'hurry', 'pause', 'mute', 'deaf', 'both', 'reset'] as const

async function happenings({ members }: World, { seed, time, tell }: Chaos): Promise<void> {
  const random = seeded(seed)
  const healings = new Set<NodeJS.Timeout>()
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  try {
    for (const end = performance.now() + time; performance.now() < end; ) {
      const member = pick(members)
      const fault = pick(faults)
      const rest = pick([300, 2_000, 4_000, 13_000])
      tell(`${member.role} ${member.place.name}: ${fault} for ${s(rest)}`)
      if (fault === 'kill') await member.kill()
      else if (fault === 'hurry') await member.hurry(pick([30, 150, 600]))
      else if (fault === 'pause') member.pause()
      else member.cut(fault)
      // The next may meet another, or the same, while this lasts.
      healings.add(setTimeout(() => member.heal(), rest))
      await pause(Math.min(rest, 3_000) * random())
    }
  } finally {
    // Later the network may be gone.
    for (const timer of healings) clearTimeout(timer)
  }
}

async function clock({ store }: World): Promise<number> {
  const [row] = await store('select extract(epoch from clock_timestamp()) * 1000 as now')
  return Number(row?.now)
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0)
const s = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
