import assert from 'node:assert/strict'
import { test } from 'node:test'
import { provePrices } from './price-proof.ts'

const price = { article: 'PT-BOLT-M8', name: '六角螺栓 M8', price: '0.2200', version: 2 }

test('the last price of each article is in the ERP, or each difference is named', () => {
  const problems = (there: (typeof price)[], here: (typeof price)[]) =>
    provePrices(there, here).problems.join('; ')
  assert.deepEqual(provePrices([price], [price]), { articles: 1, right: 1, problems: [] })
  assert.match(problems([price], []), /PT-BOLT-M8: the ERP has no purchase price/)
  assert.match(
    problems([price], [{ ...price, price: '0.2300' }]),
    /0.2200, version 2, but in the ERP .* 0.2300/,
  )
  assert.match(problems([price], [{ ...price, version: 1 }]), /version 2, but in the ERP .* version 1/)
  assert.match(problems([price], [{ ...price, name: '六角螺? M8' }]), /but in the ERP 六角螺\?/)
  assert.match(problems([], [price]), /the supplier does not offer it/)
})
