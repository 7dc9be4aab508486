import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkGovernance, parseRate } from './governance.ts'
import { system } from './system.ts'

test('a quota is a number for a second, a minute, an hour or a day', () => {
  assert.deepEqual(parseRate('20/s'), { perSecond: 20, burst: 20 })
  assert.deepEqual(parseRate('600/m'), { perSecond: 10, burst: 10 })
  assert.deepEqual(parseRate('60/h'), { perSecond: 1 / 60, burst: 1 })
  for (const text of ['', '20', '20/', '0/s', '-1/s', '1.5/s', '20 / s', '20/second'])
    assert.throws(() => parseRate(text), { code: 'FLOW-DEFINITION' }, text)
})

test('a misspelt option is refused, also where nobody checks types', () => {
  const connector = { name: 'x', summary: {}, channels: () => ({}), connect: async () => assert.fail() }
  for (const wrong of [{ braker: {} }, { breaker: { failure: 3 } }]) {
    const options = { kind: 'erp', connector, ...wrong } as never
    assert.throws(() => system('erp', options), { code: 'FLOW-DEFINITION', message: /braker|failure/ })
  }
})

test('what makes no sense is refused when the system is declared', () => {
  const wrong = [{ quota: 'many' }, { concurrency: 0 }, { concurrency: 1.5 }, { timeout: '5' }]
  for (const governance of [...wrong, { breaker: { failures: 0 } }, { breaker: { first: 'soon' } }])
    assert.throws(() => checkGovernance('erp', governance), { code: 'FLOW-DEFINITION' })
})
