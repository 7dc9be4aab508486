import assert from 'node:assert/strict'
import { globSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withoutCluster } from '../recovery/postgres-cluster.ts'
import { Load } from './load.ts'
import type { Member } from './member.ts'
import { withoutNamespaces } from './namespaces.ts'
import { requireBalance, requireEffects, stopAll } from './oracles.ts'
import { makeWorld, settled, until, type World } from './world.ts'

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1')
const withoutFakeTime = library === undefined && 'the library of the package faketime is not installed'
if (withoutFakeTime && process.env.ISTHMUS_REQUIRE_SERVERS === '1') throw new Error(withoutFakeTime)

/** Seconds by which the clock of the first worker differs. */
const jumps = ['+7200', '-432000', '+600', '+0']

test('the clock of a member jumps by hours and days: no lease changes hands, and it tells that it is off', {
  skip: withoutNamespaces || withoutCluster || withoutFakeTime,
}, async t => {
  const clock = join(tmpdir(), `isthmus-clock-${process.pid}`)
  const set = (offset: string) => {
    writeFileSync(`${clock}.new`, `${offset}\n`)
    renameSync(`${clock}.new`, clock)
  }
  set('+0')
  const fake = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  }
  const world = await makeWorld(t, { workers: 2, environmentOf: n => (n === 0 ? fake : {}) })
  const [jumping] = world.workers as [Member]
  await Promise.all(world.members.map(member => member.start()))
  await settled(world)
  const load = new Load(world.intake.url, 6)
  const before = await leases(world)
  for (const [n, offset] of jumps.entries()) {
    set(offset)
    await until('the difference is told', () => told(jumping) > n)
    const lines = Array.from({ length: 50 }, (_, line) => `${n}-${line}`)
    writeFileSync(join(world.folder, 'coming'), ['line', ...lines].join('\n'))
    renameSync(join(world.folder, 'coming'), join(world.tray, `${n}.csv`))
    const now = load.accepted
    await until('messages flow', () => load.accepted > now + 50)
    assert.deepEqual(await leases(world), before)
  }
  await load.end()
  await requireEffects(world, load)
  await until('every file is read', async () => (await copied(world)).length >= 50 * jumps.length)
  assert.equal(new Set(await copied(world)).size, 50 * jumps.length)
  assert.equal((await copied(world)).length, 50 * jumps.length, 'each file is read once')
  assert.match(jumping.log, /clock is 7\d\d\d s ahead of/)
  assert.match(jumping.log, /clock is 43\d\d\d\d s behind/)
  assert.match(jumping.log, /agrees with the store's again/)
  assert.ok(world.members.every(({ endings }) => endings.length === 0))
  await stopAll(world)
  await requireBalance(world, load)
})

/** How often it has told how its clock stands. */
const told = ({ log }: Member): number => log.split('"event":"clock"').length - 1

async function leases({ store }: World): Promise<unknown[]> {
  return await store('select name, token, holder from cluster.leases order by name')
}

async function copied({ target }: World): Promise<unknown[]> {
  return (await target('select line from lines')).map(({ line }) => line)
}
