import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import type { UnfinishedEntry } from '../store/store.ts'
import { decide } from './person.ts'

const parked: UnfinishedEntry = {
  partition: 0,
  seq: 7,
  key: 'k',
  status: 'parked',
  attempts: 3,
  crashes: 2,
  since: 1,
  results: { cost: { price: 1 } },
}
const doubt: UnfinishedEntry = { ...parked, status: 'doubt', sent: ['mail'] }

test('a retry runs it again at once, keeps recorded results and says who decided', () => {
  const decided = decide(doubt, { do: 'retry', why: 'not arrived' }, 'ann', 50)
  assert.ok('unfinished' in decided)
  const { status, due, crashes, sent, results, decisions } = decided.unfinished
  assert.deepEqual([status, due, crashes, sent], ['retrying', 50, 0, undefined])
  assert.deepEqual(results, { cost: { price: 1 } })
  assert.deepEqual(decisions, [{ do: 'retry', by: 'ann', why: 'not arrived', at: 50 }])
})

test('an edit gives other data, a confirmation makes what was in doubt done, a discard ends it', () => {
  const edited = decide(
    parked,
    { do: 'edit', edit: { data: { a: 1 }, results: undefined, renewed: { stock: 1 } } },
    'ann',
    50,
  )
  assert.ok('unfinished' in edited)
  assert.deepEqual(edited.unfinished.edited, { data: { a: 1 }, renewed: { stock: 1 }, by: 'ann', at: 50 })
  assert.equal(edited.unfinished.results, undefined)
  const confirmed = decide(doubt, { do: 'confirm' }, 'ann', 50)
  assert.deepEqual('unfinished' in confirmed && confirmed.unfinished.results, {
    cost: { price: 1 },
    mail: null,
  })
  const discarded = decide(parked, { do: 'discard', why: 'test data' }, 'ann', 50)
  assert.ok('settled' in discarded)
  assert.deepEqual(
    [discarded.settled.outcome, discarded.settled.note],
    ['discarded', 'discarded by ann: test data'],
  )
})

test('what is not set aside, or has nothing in doubt, cannot be decided about so', () => {
  const refused = (error: unknown) => error instanceof IsthmusError && error.code === 'CONTROL-REFUSED'
  for (const status of ['retrying', 'held', 'running'] as const)
    assert.throws(() => decide({ ...parked, status }, { do: 'retry' }, 'ann', 50), refused)
  assert.throws(() => decide(parked, { do: 'confirm' }, 'ann', 50), refused)
})
