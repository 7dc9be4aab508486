import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FailureReport } from '../../src/server/operations/failures/failure-schemas.ts'
import { type ControlScene, controlScene, until } from './control-scene.ts'

async function report(scene: ControlScene, query = ''): Promise<FailureReport> {
  return (await (await scene.ask(`/api/v1/failures${query}`)).json()) as FailureReport
}

async function failing(scene: ControlScene, count: number, buyer = 'Li Na', ask = 'refuse'): Promise<void> {
  const before = (await scene.instance.operations.status()).flows[0]
  const wanted = (before?.parked ?? 0) + (before?.inDoubt ?? 0) + count
  const orders = Array.from({ length: count }, (_, n) => ({ no: `${buyer[0]}${ask[0]}${n}`, buyer, ask }))
  await scene.accept(orders)
  await until(async () => {
    const flow = (await scene.instance.operations.status()).flows[0]
    return (flow?.parked ?? 0) + (flow?.inDoubt ?? 0) === wanted
  })
}

test('failures are grouped by cause, with personal data masked, a verdict and samples', async t => {
  const scene = await controlScene(t)
  await failing(scene, 3)
  await failing(scene, 2, 'Wang Wei')
  await failing(scene, 1, 'Zhao Min', 'lose')
  const { groups, total, oldest } = await report(scene)
  assert.equal(total, 6)
  assert.ok(oldest)
  assert.deepEqual(
    groups.map(({ count, cause, code, state, verdict, system, step }) => ({
      count,
      cause,
      code,
      state,
      verdict,
      system,
      step,
    })),
    [
      {
        count: 5,
        cause: '*** is unknown to [secret]',
        code: 'TARGET-REFUSED',
        state: 'parked',
        verdict: 'needs-fix',
        system: 'shop',
        step: 'shop.bookings',
      },
      {
        count: 1,
        cause: 'no answer',
        code: 'TARGET-UNANSWERED',
        state: 'doubt',
        verdict: 'may-have-happened',
        system: 'shop',
        step: 'shop.bookings',
      },
    ],
  )
  assert.equal(groups[0]?.samples.length, 5)
  assert.doesNotMatch(JSON.stringify(groups), /Li Na|Wang Wei|Zhao Min/)
})

test('filters take groups of a flow, a system, a code, a state and a time, and flows are counted', async t => {
  const scene = await controlScene(t)
  await failing(scene, 2)
  const middle = Date.now() + 1
  await until(() => Date.now() > middle)
  await failing(scene, 1, 'Zhao Min', 'lose')
  const totals: readonly (readonly [query: string, total: number])[] = [
    ['?flow=booking', 3],
    ['?flow=others', 0],
    ['?system=shop', 3],
    ['?system=mes', 0],
    ['?code=TARGET-REFUSED', 2],
    ['?state=doubt', 1],
    [`?from=${middle}`, 1],
    [`?to=${middle}`, 2],
  ]
  for (const [query, total] of totals) assert.equal((await report(scene, query)).total, total, query)
  const { flows } = await report(scene, '?by=flow')
  assert.deepEqual(
    flows.map(({ flow, count, parked, doubt, groups }) => ({ flow, count, parked, doubt, groups })),
    [{ flow: 'booking', count: 3, parked: 2, doubt: 1, groups: 2 }],
  )
})

test('who has a group and what is known of it is kept, and can be taken away again', async t => {
  const scene = await controlScene(t)
  await failing(scene, 1)
  const group = (await report(scene)).groups[0]?.group
  const noted = (body: object) => scene.ask(`/api/v1/failures/${group}/note`, { body })
  assert.equal((await noted({ owner: 'wang', note: 'called the shop' })).status, 200)
  assert.equal((await noted({ owner: 'lin' })).status, 200)
  const [shown] = (await report(scene)).groups
  assert.deepEqual([shown?.owner, shown?.note, shown?.notedBy], ['lin', 'called the shop', 'local'])
  await noted({ owner: '', note: '' })
  const [bare] = (await report(scene)).groups
  assert.deepEqual([bare?.owner, bare?.note], [undefined, undefined])
  assert.equal((await scene.ask('/api/v1/failures/0123456789abcdef/note', { body: {} })).status, 404)
  assert.equal((await scene.instance.operations.balance()).balanced, true)
})
