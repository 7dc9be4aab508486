import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { SagaDetail, SagaPage } from '../../src/server/operations/saga-schemas.ts'
import type { InDoubtList } from '../../src/server/operations/transaction-schemas.ts'
import type { DrillReport } from '../../src/testing/drill/drill.ts'
import { until } from '../control/control-scene.ts'
import { type Finished, type Running, Scene } from './fixture.ts'

const folder = fileURLToPath(new URL('./sagas', import.meta.url))

function sagaScene(t: TestContext) {
  const scene = new Scene(t)
  const opened = join(scene.folder, 'open')
  const env = { SHOP_OPEN: opened }
  const run = (args: readonly string[], input?: string): Promise<Finished> =>
    scene.run([...args, '-l', folder], { env, ...(input !== undefined && { input }) })
  const ask = async <T>(...args: string[]): Promise<T> => JSON.parse((await run([...args, '--json'])).out)
  const start = async (): Promise<Running> => {
    const running = scene.spawn(['start', folder], env)
    await until(() => running.out.includes('"event":"started"') || running.child.exitCode !== null)
    return running
  }
  const comesToBe = (key: string, state: string) =>
    until(async () => (await ask<SagaDetail>('saga', 'show', 'orders', key)).state === state)
  return { scene, env, run, ask, start, comesToBe, letOpen: () => writeFileSync(opened, '') }
}

test('a saga is started, asked about, decided, mended and told, by a running instance and a stopped one', async t => {
  const { scene, env, run, ask, start, comesToBe, letOpen } = sagaScene(t)
  const running = await start()
  const begun = await run(['saga', 'start', 'orders', '--file', '-'], '{"no": "A-1", "pieces": 3}')
  assert.match(begun.out, /✔ orders\/A-1 has begun/)
  await comesToBe('A-1', 'waiting')
  const listed = await run(['saga', 'list', '--state', 'waiting'])
  assert.match(listed.out, /orders\/A-1 +waiting .* credit: Are 3 pieces paid\?/)
  const asked = await run(['saga', 'show', 'orders', 'A-1'])
  assert.match(asked.out, /› isthmus saga decide orders A-1 credit yes --why TEXT/)
  assert.equal((await run(['saga', 'decide', 'orders', 'A-1', 'credit', 'yes'])).code, 2)
  const decide = ['saga', 'decide', 'orders', 'A-1', 'credit', 'yes', '--by', 'ann', '--why', 'paid in cash']
  assert.equal((await run(decide)).code, 0)
  await comesToBe('A-1', 'needs person')
  await until(() => running.log('needs person').length > 0)
  assert.equal(running.log('needs person').length, 1)
  const status = await scene.run(['status', folder], { env })
  assert.match(status.out, /^ {2}orders +0 +0 +0 +0 +1 +0 +0$/m)
  assert.match(status.out, /1 saga for you to decide: isthmus saga list --state needs-person/)
  const online = await ask<SagaDetail>('saga', 'show', 'orders', 'A-1')
  await running.stop()

  assert.deepEqual(await ask<SagaDetail>('saga', 'show', 'orders', 'A-1'), online)
  const refused = await run(['saga', 'retry', 'orders', 'A-1', '--why', 'open now'])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /The instance does not run/)
  const told = await run(['saga', 'show', 'orders', 'A-1'])
  assert.match(told.out, /needs +tell: TARGET-REFUSED the shop is closed/)
  assert.match(told.out, /credit: "yes" by ann: paid in cash/)
  assert.match(told.out, /^ {2}tell {2}did not happen$/m)
  assert.match(told.out, /^ {2}ship pivot {2}happened$/m)
  const counted = await scene.run(['verify', folder], { env })
  assert.match(counted.out, /^ {2}orders +1 +0 +0 +0 +1$/m)

  letOpen()
  const again = await start()
  assert.equal((await run(['saga', 'retry', 'orders', 'A-1', 'tell', '--why', 'open now'])).code, 0)
  await comesToBe('A-1', 'completed')
  const { sagas } = await ask<SagaPage>('saga', 'list', 'orders', '--key', 'A-1')
  assert.deepEqual(
    sagas.map(({ state, needs, waits }) => [state, needs, waits]),
    [['completed', [], []]],
  )
  assert.match((await run(['indoubt', 'list'])).out, /No transaction is in doubt/)
  await again.stop()
})

test('a branch that no log knows is listed with what its database says, and ended as a person decides', async t => {
  const { scene, run, ask, start } = sagaScene(t)
  const stray = join(scene.folder, 'open.stray-north')
  writeFileSync(stray, '')
  const running = await start()
  const [found] = (await ask<InDoubtList>('indoubt', 'list')).transactions
  const gid = found?.gid ?? ''
  assert.match((await run(['indoubt', 'list'])).out, /unexplained +\d+ d +north$/m)
  const { out } = await run(['indoubt', 'show', gid])
  assert.match(out, /^ {5}log {7}not logged$/m)
  assert.match(out, /^ {5}database {2}promised since .*, and holds its locks$/m)
  assert.ok(out.includes(`› isthmus indoubt resolve ${gid} rollback --why TEXT`))
  assert.equal((await run(['indoubt', 'resolve', gid, 'maybe', '--why', 'x'])).code, 2)
  assert.equal((await run(['indoubt', 'acknowledge', gid, '--why', 'x'])).code, 1)
  const resolved = await run(['indoubt', 'resolve', gid, 'rollback', '--why', 'south has nothing of it'])
  assert.match(resolved.out, /1 branch ended: rollback/)
  assert.ok(!existsSync(stray))
  assert.equal((await run(['indoubt', 'show', gid])).code, 1)
  await running.stop()
  const counted = await scene.run(['verify', folder], { env: { SHOP_OPEN: '' } })
  assert.match(counted.out, /1 transaction over several databases = 0 committed \+ 1 rolled back/)
})

test('a drill runs what can go wrong; its table tells how the saga ended', async t => {
  const { run, ask } = sagaScene(t)
  const report = await ask<DrillReport>('drill', 'orders', '--with', join(folder, 'drill.ts'))
  assert.deepEqual([report.failures, report.unreached], [[], []])
  assert.ok(
    report.coverage.some(
      ({ step, met, ended }) => step === 'ship' && met === 'refused' && ended.includes('compensated'),
    ),
  )
  const { out, code } = await run(['drill', 'small'])
  assert.equal(code, 0)
  assert.match(out, /^ {2}book +refused +compensated$/m)
  assert.equal((await run(['drill', 'none'])).code, 2)
})

test('the graph draws sagas; a live check connects the systems', async t => {
  const { scene, env } = sagaScene(t)
  const { out } = await scene.run(['graph', folder])
  assert.match(out, /subgraph saga_orders\["saga orders"\]/)
  assert.match(out, /saga_orders_reserve -\. undo \.-> shop_release/)
  assert.equal((await scene.run(['asyncapi', folder])).code, 0)
  const well = await scene.run(['check', '--live', folder], { env })
  assert.equal(well.code, 0)
  const gone = await scene.run(['check', '--live', folder], { env: { ...env, SHOP_GONE: '1' } })
  assert.equal(gone.code, 2)
  assert.match(gone.out, /system shop: it does not work: TARGET-UNAVAILABLE nobody answers/)
})
