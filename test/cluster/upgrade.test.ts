import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { migrations } from '../../src/store/postgres/migrations.ts'
import { withoutCluster } from '../recovery/postgres-cluster.ts'
import { Load } from './load.ts'
import { root } from './member.ts'
import { withoutNamespaces } from './namespaces.ts'
import { requireBalance, requireEffects, stopAll } from './oracles.ts'
import { nextRelease } from './versions.ts'
import { makeWorld, settled, until, type World } from './world.ts'

const skip = withoutNamespaces || withoutCluster

test('members are replaced one by one by those of the next release and back, while orders come', {
  skip,
}, async t => {
  const world = await makeWorld(t, { workers: 2, environment: { ISTHMUS_GRACE: '20s' } })
  const { members, intake, store } = world
  await intake.start()
  await Promise.all(world.workers.map(member => member.start()))
  await settled(world)
  const load = new Load(intake.url, 6)
  const next = nextRelease(join(world.folder, 'next'))
  for (const release of [next, root])
    for (const member of members) {
      assert.deepEqual(await member.stop(), { code: 0, signal: null }, member.log.slice(-2000))
      await member.start(release)
      await settled(world)
      const before = load.accepted
      await until('messages flow', () => load.accepted > before + 20)
      if (release === next) assert.ok((await versions(world)).has('99.0.0'))
    }
  assert.equal((await versions(world)).has('99.0.0'), false)
  await load.end()
  await requireEffects(world, load)
  const [version] = await store('select version, oldest from cluster.version')
  assert.deepEqual(version, { version: migrations.length + 1, oldest: 1 })
  const [graded] = await store(`select count(*)::int as count from cluster.entries where head like '%grade%'`)
  assert.ok(Number(graded?.count) > 0, 'the next release has written in its own way')
  await stopAll(world)
  await requireBalance(world, load)
})

test('a release that cannot follow a store does not start on it, and one that runs goes on', {
  skip,
}, async t => {
  const world = await makeWorld(t, { workers: 2 })
  const [older, newer] = world.workers
  assert.ok(older && newer)
  await world.intake.start()
  await newer.start(nextRelease(join(world.folder, 'next'), migrations.length + 1))
  const starting = older.start().catch(() => {})
  await until('it has ended', () => older.endings.length > 0)
  await older.kill('stay')
  await starting
  assert.deepEqual(older.endings[0], { code: 6, signal: null })
  assert.match(older.log, /knows version|STORE-VERSION/)
  const load = new Load(world.intake.url, 2)
  await until('messages flow', () => load.accepted > 20)
  await load.end()
  await requireEffects(world, load)
})

async function versions({ store }: World): Promise<Set<unknown>> {
  const rows = await store('select version from cluster.members where expires > clock_timestamp()')
  return new Set(rows.map(({ version }) => version))
}
