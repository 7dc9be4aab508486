import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rejectsWith } from '../../src/testing/store-suite/fixture.ts'
import { contents, fill, freshPlace, type Kind, move, readAt, withStoreAt } from './copied-stores.ts'
import { withoutPostgres } from './postgres-fixture.ts'

const victim = fileURLToPath(new URL('./store-copy-victim.ts', import.meta.url))

/** The origin is marked first, and then the target is opened: between the two neither can be started. */
const points = ['after target.entries', 'after target.complete', 'after origin.setMark'] as const

for (const to of ['sqlite', 'postgres'] as const)
  test(
    `a copy to ${to} that is killed is done again, and nothing starts twice`,
    {
      skip: to === 'postgres' && withoutPostgres,
    },
    t => killed(freshPlace(t, 'sqlite'), freshPlace(t, to), to),
  )

async function killed(from: string, to: string, kind: Kind): Promise<void> {
  const partitions = kind === 'sqlite' ? 1 : 16
  await fill(from, 21)
  const before = await readAt(from, read => contents(read, partitions))
  for (const point of points) {
    await killAt(from, to, point)
    await rejectsWith('STORE-MOVED', start(to))
    if (point === 'after origin.setMark') await rejectsWith('STORE-MOVED', start(from))
  }
  assert.deepEqual((await move(from, to)).differences, [])
  assert.deepEqual(await readAt(to, read => contents(read, partitions)), before)
  await start(to)
  await rejectsWith('STORE-MOVED', start(from))
}

const start = (url: string): Promise<void> => withStoreAt(url, async () => undefined)

async function killAt(from: string, to: string, point: string): Promise<void> {
  const child = fork(victim, [from, to, point])
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL', `it did not come to "${point}"`)
}
