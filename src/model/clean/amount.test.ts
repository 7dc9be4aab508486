import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount } from './amount.ts'

const unclean = { code: 'CLEAN-VALUE' }

test('the declared currency may stand before or behind, whatever the sign of the number', () => {
  const yuan = amount({ scale: 2, currency: 'CNY' })
  const same = [
    '￥1,234.50元',
    '¥ 1,234.50',
    '1,234.50元整',
    'CNY 1,234.50',
    '1234.5 RMB',
    '人民币：1234.5',
    'rmb1234.50',
  ]
  for (const text of same) assert.equal(yuan(text), '1234.50', text)
  for (const text of ['-￥5', '￥-5', '(￥5)', '￥5-', '-5元']) assert.equal(yuan(text), '-5.00', text)
  for (const [text, value] of [
    ['1.2万元', '12000.00'],
    ['一百元', '100.00'],
    ['5', '5.00'],
  ] as const)
    assert.equal(yuan(text), value, text)
  assert.equal(yuan(12.5), '12.50')
  assert.equal(yuan.name, "amount({ scale: 2, currency: 'CNY' })")
  assert.equal(amount({ scale: 2, currency: 'EUR', notation: '1.234,5' })('1.234,50 €'), '1234.50')
  assert.equal(amount({ scale: 0, currency: 'JPY' })('¥500'), '500')
  assert.equal(amount({ scale: 2, currency: 'USD' })('US$1,234.50'), '1234.50')
})

test('another currency, and what is no number, is refused', () => {
  const yuan = amount({ scale: 2, currency: 'CNY' })
  for (const text of [
    '$5',
    'USD 5',
    '5美元',
    '￥5 USD',
    '约100元',
    '￥',
    '元',
    '',
    '￥1.005',
    '￥1,234',
    '1,234.50CR',
    '5kg',
  ])
    assert.throws(() => yuan(text), unclean, text)
  assert.throws(() => amount({ scale: 2, currency: 'USD' })('￥5'), unclean)
  assert.throws(() => amount({ scale: 2, currency: 'yuan' }), { code: 'FLOW-DEFINITION' })
})
