import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../src/index.ts'
import type { InDoubtList } from '../../src/server/operations/transaction-schemas.ts'
import { until } from './control-scene.ts'
import { SagaGround, sagaScene } from './saga-scene.ts'

const person = { by: 'ann', why: 'both databases looked at' }

test('a transaction that cannot be ended is told with what each database says, and ends when it can', async t => {
  const ground = new SagaGround()
  const { operations, ask } = await sagaScene(t, ground)
  const { north, south } = ground.databases
  const away = () => {
    throw new IsthmusError('TARGET-UNAVAILABLE', 'away')
  }
  south.trouble = point => {
    if (point === 'before commit' || point === 'before list') away()
  }
  await operations.sagas.start('stock', { data: { no: '1' }, by: 'ann' })
  await until(() => north.rows.length === 1)
  const [gid = ''] = [...south.standing.keys()].map(id => id.slice(0, id.lastIndexOf(':')))
  const tell = async () => (await (await ask(`/api/v1/indoubt?gid=${gid}`)).json()) as InDoubtList
  const isLogged = ({ transactions }: InDoubtList) =>
    transactions[0]?.branches.some(({ logged }) => logged === 'committed') === true
  await until(async () => isLogged(await tell()))
  const told = await tell()
  const [found] = told.transactions
  assert.equal(found?.state, 'committing')
  assert.deepEqual(
    found?.branches.map(({ system, logged, database }) => [system, logged, database]),
    [
      ['north', 'committed', 'not promised'],
      ['south', 'promised', 'not asked'],
    ],
  )
  assert.deepEqual(told.unasked, [{ system: 'south', reason: 'away' }])
  const refused = await ask(`/api/v1/indoubt/${gid}/decision`, { do: 'rollback', ...person })
  assert.equal(refused.status, 503)
  south.trouble = () => {}
  const ends = await ask(`/api/v1/indoubt/${gid}/decision`, { do: 'rollback', ...person })
  assert.match(((await ends.json()) as { detail: string }).detail, /ends so by itself/)
  await until(() => south.rows.length === 1)
})

test('a branch that no log knows waits for a person, whose decision ends it and is kept', async t => {
  const ground = new SagaGround()
  const { operations, ask } = await sagaScene(t, ground)
  const { north } = ground.databases
  await operations.sagas.start('stock', { data: { no: '1' }, by: 'ann' })
  const list = async () => (await (await ask('/api/v1/indoubt')).json()) as InDoubtList
  await until(async () => north.rows.length === 1 && (await list()).transactions.length === 0)
  const [known = ''] = north.calls.length > 0 ? [...north.markers].filter(id => id.startsWith('isth:')) : []
  const id = known.replace(/:[^:]+:[^:]+:(\d)$/, `:${'q'.repeat(26)}:0.1:$1`)
  const branch = { id, effectKey: 'q', work: [], alone: false }
  north.standing.set(id, branch)
  const [found] = (await list()).transactions
  assert.deepEqual(
    [found?.state, found?.needsPerson, found?.branches[0]?.database],
    ['unexplained', true, 'promised'],
  )
  const [commit] = found?.next ?? []
  assert.equal(commit?.command, `isthmus indoubt resolve ${found?.gid} commit --why TEXT`)
  const answer = await ask(`/api/v1/indoubt/${found?.gid}/decision`, { do: 'rollback', ...person })
  assert.deepEqual(await answer.json(), { done: 1 })
  assert.equal(north.standing.size, 0)
  assert.deepEqual((await list()).transactions, [])
  const audited = ground.log.filter(({ text }) => text.startsWith('transaction ')).map(({ text }) => text)
  assert.ok(audited.includes(`transaction ${found?.gid}: rollback by ann: both databases looked at`))
})

test('a mixed outcome is told to the log, counted, and acknowledged by a person', async t => {
  const ground = new SagaGround()
  const { operations, ask } = await sagaScene(t, ground)
  const { north, south } = ground.databases
  // Somebody rolls the branch back by hand before the decision reaches its database.
  south.trouble = point => {
    if (point === 'before commit') south.rollBackByHand()
  }
  await operations.sagas.start('stock', { data: { no: '1' }, by: 'ann' })
  const list = async () => (await operations.transactions.inDoubt()).transactions
  await until(async () => (await list()).some(({ state }) => state === 'mixed'))
  assert.deepEqual([north.rows.length, south.rows.length], [1, 0])
  const [found] = await list()
  const gid = found?.gid ?? ''
  assert.equal(found?.next[0]?.command, `isthmus indoubt acknowledge ${gid} --why TEXT`)
  await until(() => ground.log.some(({ event, level }) => event === 'mixed' && level === 'error'))
  assert.deepEqual((await operations.status()).transactions.mixed, 1)
  assert.match(await (await ask('/metrics')).text(), /^isthmus_transactions_mixed 1$/m)
  await assert.rejects(operations.transactions.resolve(gid, { do: 'commit', ...person }), /came out mixed/)
  await operations.transactions.resolve(gid, { do: 'acknowledge', ...person })
  assert.deepEqual(await list(), [])
  const { streams, balanced } = await operations.balance()
  assert.equal(balanced, true)
  assert.equal(streams?.transactions.mixed, 1)
})
