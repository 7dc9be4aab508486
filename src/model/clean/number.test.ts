import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { chineseNumber } from './chinese-number.ts'
import { amountFromWords, amountInWords, decimal, type Notation, percentage } from './index.ts'

const unclean = (error: unknown) => error instanceof IsthmusError && error.code === 'CLEAN-VALUE'
const gives = (clean: (text: string) => string, wanted: Readonly<Record<string, string>>) => {
  for (const [text, amount] of Object.entries(wanted)) assert.equal(clean(text), amount, text)
}

test('a decimal is exact in any notation that has one meaning', () => {
  gives(decimal({ scale: 2 }), {
    ' 1,234.5 ': '1234.50',
    '1,234,567': '1234567.00',
    '-0': '0.00',
    '-0.10': '-0.10',
    '+7': '7.00',
    '007.1000': '7.10',
    '.5': '0.50',
    '9007199254740993.01': '9007199254740993.01',
    '1 234': '1234.00',
    '1\u202f234.5': '1234.50',
    "1'234.5": '1234.50',
    '1’234’567': '1234567.00',
    '12,34,567.8': '1234567.80',
  })
  assert.equal(decimal({ scale: 2 })(0.1), '0.10')
  assert.equal(decimal({ scale: 0 })(1e21), '1000000000000000000000')
})

test('digits of other scripts, and signs behind, before and around', () => {
  gives(decimal({ scale: 2 }), {
    '１２３．５': '123.50',
    '١٬٢٣٤٫٥': '1234.50',
    '१२,३४,५६७': '1234567.00',
    '100-': '-100.00',
    '100 -': '-100.00',
    '\u22125': '-5.00',
    '(1,234.50)': '-1234.50',
    '△5': '-5.00',
    '5+': '5.00',
  })
})

test('a decimal that could mean two things, or would lose places, is refused', () => {
  const clean = decimal({ scale: 2 })
  const wrong = [
    '1,234',
    '12,34.5',
    '1.005',
    '',
    '1e3',
    'NaN',
    '--5',
    '(-5)',
    '-5-',
    '1,2,3',
    '1.2.3',
    '1 23',
  ]
  for (const text of [...wrong, '0x10', '1,234.5.6', 'ⅻ', '½', '1 234 5', '.', '-', '1兆', '5 %'])
    assert.throws(() => clean(text), unclean, text)
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => clean(number), unclean)
})

test('a declared notation decides what is ambiguous, and refuses what it does not allow', () => {
  const read = (notation: Notation) => decimal({ scale: 3, notation })
  gives(read('1.234,5'), {
    '1.234': '1234.000',
    '1,234': '1.234',
    '1,5': '1.500',
    '1.234.567,8': '1234567.800',
  })
  gives(read('1,234.5'), { '1,234': '1234.000', '1.234': '1.234' })
  gives(read('1 234,5'), { '1\u00a0234,5': '1234.500', '1,234': '1.234' })
  gives(read("1'234.5"), { '1’234.5': '1234.500' })
  gives(read('12,34,567.8'), { '1,234': '1234.000', '1,23,456.7': '123456.700' })
  assert.throws(() => read('1.234,5')('12.34'), unclean)
  assert.throws(() => read('12,34,567.8')('123,456'), unclean)
  assert.equal(read('1.234,5').name, 'decimal({ scale: 3, notation: "1.234,5" })')
})

test('Chinese numbers, formal, in speech, in digits and mixed', () => {
  gives(decimal({ scale: 1 }), {
    '3.4万': '34000.0',
    '1.2万亿': '1200000000000.0',
    '3亿5000万': '350000000.0',
    '1,234.5万': '12345000.0',
    一亿二千万: '120000000.0',
    两千三百零五: '2305.0',
    一百零五: '105.0',
    三百五: '350.0',
    一万二: '12000.0',
    十五: '15.0',
    壹佰贰拾叁: '123.0',
    二〇二六: '2026.0',
    负三点五: '-3.5',
    一点五万: '15000.0',
    '5百万': '5000000.0',
    零: '0.0',
    九千九百九十九万九千九百九十九亿九千九百九十九万九千九百九十九: '9999999999999999.0',
  })
  const wrong = ['百', '一二百', '一百千', '一千一万亿万', '零百', '一十百', '万', '点五', '三点', '一零零百']
  for (const text of [...wrong, '1万2', '1.5万3', '一百零零五', '负负一'])
    assert.throws(() => decimal({ scale: 1 })(text), unclean, text)
})

test('every number that is written in Chinese is read as it was', () => {
  const digits = '零一二三四五六七八九'
  const below = (n: number): string => {
    let text = ''
    let zero = false
    for (const [unit, sign] of [
      [1000, '千'],
      [100, '百'],
      [10, '十'],
      [1, ''],
    ] as const) {
      const digit = Math.floor(n / unit) % 10
      if (digit > 0) text += (zero && text ? '零' : '') + digits[digit] + sign
      zero = digit === 0
    }
    return text
  }
  const written = (n: number): string => {
    const [high, low] = [Math.floor(n / 10_000), n % 10_000]
    if (high === 0) return below(low)
    return `${below(high)}万${low > 0 && low < 1000 ? '零' : ''}${below(low)}`
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999_999 }), n => {
      assert.equal(chineseNumber(written(n)), String(n), written(n))
    }),
    { numRuns: 2000 },
  )
})

test('a share by its sign, exact', () => {
  gives(percentage({ scale: 4 }), {
    '12.5%': '0.1250',
    '3‰': '0.0030',
    '0.5': '0.5000',
    '(5%)': '-0.0500',
    '100 ％': '1.0000',
  })
  assert.throws(() => percentage({ scale: 2 })('12.5%'), unclean)
  assert.throws(() => percentage({ scale: 2 })('%'), unclean)
})

test('大写金额 as the rules of the People’s Bank give them as examples', () => {
  const published = {
    '1409.50': '人民币壹仟肆佰零玖元伍角',
    '6007.14': '人民币陆仟零柒元壹角肆分',
    '1680.32': '人民币壹仟陆佰捌拾元叁角贰分',
    '107000.53': '人民币壹拾万柒仟元伍角叁分',
    '16409.02': '人民币壹万陆仟肆佰零玖元零贰分',
    '325.04': '人民币叁佰贰拾伍元零肆分',
  }
  gives(amountInWords, published)
  gives(amountInWords, {
    '0': '人民币零元整',
    '0.05': '人民币伍分',
    '100000000': '人民币壹亿元整',
    '1000000000000': '人民币壹万亿元整',
    '20000300': '人民币贰仟万零叁佰元整',
    '-5': '人民币负伍元整',
  })
  gives(amountFromWords, {
    人民币壹仟陆佰捌拾元零叁角贰分: '1680.32',
    人民币壹拾万柒仟元零伍角叁分: '107000.53',
    人民币壹拾万零柒仟元伍角叁分: '107000.53',
    叁元正: '3.00',
    伍角整: '0.50',
  })
  for (const text of ['', '人民币', '壹佰', '壹元贰元', '壹角元', '元整', '壹分伍角'])
    assert.throws(() => amountFromWords(text), unclean, text)
  assert.throws(() => amountInWords('0.005'), unclean)
})

test('every amount is read back from its words', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }),
      fc.integer({ min: 0, max: 17 }),
      (n, cut) => {
        const cents = n / 10n ** BigInt(cut)
        const positive = String(cents < 0n ? -cents : cents).padStart(3, '0')
        const amount = `${cents < 0n ? '-' : ''}${positive.slice(0, -2)}.${positive.slice(-2)}`
        assert.equal(amountFromWords(amountInWords(amount)), amount, amountInWords(amount))
      },
    ),
    { numRuns: 2000 },
  )
})
