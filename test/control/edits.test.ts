import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TriedEdit } from '../../src/server/operations/edits/edit-schemas.ts'
import type { TracedMessage } from '../../src/server/operations/schemas.ts'
import { type ControlScene, controlScene, until } from './control-scene.ts'

const message = '/api/v1/flows/booking/messages/1'

async function parked(scene: ControlScene, attempts = 1): Promise<void> {
  await until(async () => (await scene.instance.operations.parked({})).messages[0]?.attempts === attempts)
}

async function tried(scene: ControlScene, data: object, more: object = {}): Promise<TriedEdit> {
  const response = await scene.ask(`${message}/try`, { body: { data, showPii: true, ...more } })
  assert.equal(response.status, 200)
  return (await response.json()) as TriedEdit
}

test('an edit is tried without calling anything: hops, what would be sent, and under which key', async t => {
  const scene = await controlScene(t)
  await scene.accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await parked(scene)
  const good = await tried(scene, { no: '1', buyer: 'Li Na', ask: 'ok' })
  assert.deepEqual(good.problems, [])
  assert.equal(good.end, 'delivered')
  assert.deepEqual(good.effects, [
    {
      path: 'shop.bookings',
      channel: 'shop.bookings',
      change: 'changed',
      key: 'new',
      before: { no: '1', buyer: 'Li Na', ask: 'refuse' },
      request: { no: '1', buyer: 'Li Na', ask: 'ok' },
    },
  ])
  const asked = (hops: TriedEdit['hops']) => (hops[0]?.after as { ask: string } | undefined)?.ask
  assert.deepEqual([asked(good.before), asked(good.hops)], ['refuse', 'ok'])
  const bad = await tried(scene, { no: '1', ask: 7 })
  assert.deepEqual(bad.problems.map(({ path }) => path).sort(), ['ask', 'buyer'])
  assert.equal(scene.booked.length, 0)
  assert.doesNotMatch(
    JSON.stringify(await tried(scene, { no: '1', buyer: 'Li Na', ask: 'ok' }, { showPii: false })),
    /Li Na/,
  )
})

test('who has looked at an older version does not decide, and is told who was quicker', async t => {
  const scene = await controlScene(t)
  await scene.accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await parked(scene)
  const { version } = await tried(scene, { no: '1', buyer: 'Li Na', ask: 'refuse' })
  const decide = (body: object) => scene.ask(`${message}/decision`, { body })
  await decide({ do: 'retry', by: 'bob' })
  await parked(scene, 2)
  const late = await decide({
    do: 'edit',
    by: 'ann',
    data: { no: '1', buyer: 'Li Na', ask: 'ok' },
    version,
    why: 'x',
  })
  assert.equal(late.status, 409)
  assert.match(((await late.json()) as { detail: string }).detail, /bob \(retry\)/)
  assert.equal((await tried(scene, { no: '1', buyer: 'Li Na', ask: 'ok' }, { version })).stale, true)
})

test('the chain of edits shows what was delivered, what was put in its place, by whom and why', async t => {
  const scene = await controlScene(t)
  await scene.accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await parked(scene)
  const edit = (buyer: string, ask: string, by: string) =>
    scene.ask(`${message}/decision`, {
      body: { do: 'edit', by, why: `${by} says`, data: { no: '1', buyer, ask } },
    })
  await edit('Wang Wei', 'refuse', 'ann')
  await parked(scene, 2)
  await edit('Zhao Min', 'ok', 'bob')
  await until(() => scene.booked.length === 1)
  await until(async () => (await scene.instance.operations.balance()).flows[0]?.delivered === 1)
  const { edited } = (await (await scene.ask(`${message}?showPii=true`)).json()) as TracedMessage
  const { at: _, original, earlier, ...last } = edited as NonNullable<TracedMessage['edited']>
  assert.deepEqual(last, { by: 'bob', why: 'bob says' })
  assert.deepEqual(original, { no: '1', buyer: 'Li Na', ask: 'refuse' })
  assert.deepEqual(
    earlier.map(({ by, why, data }) => ({ by, why, data })),
    [{ by: 'ann', why: 'ann says', data: { no: '1', buyer: 'Wang Wei', ask: 'refuse' } }],
  )
  const masked = JSON.stringify(await (await scene.ask(message)).json())
  assert.doesNotMatch(masked, /Li Na|Wang Wei|Zhao Min/)
})
