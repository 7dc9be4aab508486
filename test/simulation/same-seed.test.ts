import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulateSagas } from '../../src/testing/simulation/sagas/simulate-sagas.ts'
import { simulate } from '../../src/testing/simulation/simulate.ts'
import { simulateTransactions } from '../../src/testing/simulation/transactions/simulate-transactions.ts'

test('the same seed gives the same trace, byte for byte', async () => {
  for (const seed of [7, 77, 777, 7777]) {
    const [one, two] = [await simulate(seed), await simulate(seed)]
    assert.equal(one.trace.join('\n'), two.trace.join('\n'))
    assert.equal(one.digest, two.digest)
  }
})

test('the simulation meets what it is there for: crashes, retries, parked messages and messages in doubt', async () => {
  const met = new Set<string>()
  for (let seed = 1; seed <= 60; seed++) {
    const { trace } = await simulate(seed)
    for (const line of trace) {
      for (const what of [
        'crash: kill -9',
        'crash: fatal',
        '"fate":"retry"',
        '"fate":"park"',
        '"fate":"doubt"',
      ])
        if (line.includes(what)) met.add(what)
      for (const what of ['confirm', 'edit', 'discard', 'duplicate', ' stop'])
        if (line.includes(what)) met.add(what)
    }
  }
  assert.deepEqual([...met].sort(), [
    ' stop',
    '"fate":"doubt"',
    '"fate":"park"',
    '"fate":"retry"',
    'confirm',
    'crash: fatal',
    'crash: kill -9',
    'discard',
    'duplicate',
    'edit',
  ])
})

test('the same seed gives the same sagas and the same transactions', async () => {
  for (const seed of [7, 77]) {
    assert.equal((await simulateSagas(seed)).digest, (await simulateSagas(seed)).digest)
    assert.equal((await simulateTransactions(seed)).digest, (await simulateTransactions(seed)).digest)
  }
})
