import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../src/errors.ts'
import * as all from '../../src/model/clean/index.ts'

const cleaners: readonly ((value: string) => unknown)[] = [
  all.trim,
  all.singleSpaces,
  all.noSpaces,
  all.visible,
  all.titleCase,
  all.nfc,
  all.nfkc,
  all.halfWidth,
  all.usualWidth,
  all.fullWidth,
  all.optional(all.trim),
  all.oneOf(['low', 'high']),
  all.decimal({ scale: 2 }),
  all.percentage({ scale: 2 }),
  all.amountInWords,
  all.amountFromWords,
  all.date({ order: 'dmy', pivot: 40, serial: 1900 }),
  all.dateTime({ zone: 'Asia/Shanghai' }),
  all.localTime('Europe/Berlin'),
  all.phone('CN'),
  all.email,
  all.chineseAddress,
  all.companyName,
  all.unit(),
  all.currency(),
  all.creditCode,
  all.residentId(),
  all.bankCard,
  all.iban,
  all.gtin(),
  all.vatNumber('DE'),
]

/** Each repeated to a million characters: with a pattern that tries again, one of them would not end in time. */
const hostile = [
  ' ', 'a', '1', '1,', '1.', '(', '-', '零', '万', '一万', '北京', '省', 'a@', '.', '"', '<', 'Co. ', 'GmbH ', '\u00a0 ', '\u200b', '\u200d', '👨\u200d',
  '\u0301\u0323', 'ｶﾞ', '\uff9e', '年1月', '1/', '\u{e0041}', '🏴\u{e0067}', '有限公司', '\t\n', 'ß', '\u3000',
] // biome-ignore format: a list

for (const clean of cleaners)
  test(`${clean.name} takes time in proportion to the text`, { timeout: 240_000 }, () => {
    for (const piece of hostile)
      for (const text of [
        piece.repeat(1_000_000 / piece.length),
        `${'x'}${piece.repeat(300_000 / piece.length)}x`,
      ]) {
        try {
          clean(text)
        } catch (error) {
          assert.ok(
            error instanceof IsthmusError && error.code === 'CLEAN-VALUE',
            String(error).slice(0, 200),
          )
          assert.ok(error.message.length < 1000)
        }
      }
  })

test('names of fields that JavaScript knows are fields like others', () => {
  const row = JSON.parse('{"__proto__": " x ", "constructor": " y ", "a": " z "}')
  const rules = JSON.parse('{"__proto__": 0, "constructor": 0, "a": 0}')
  for (const name of Object.keys(rules))
    Object.defineProperty(rules, name, { value: all.trim, enumerable: true, configurable: true })
  const cleaned = all.rowCleaner(rules)(row)
  assert.deepEqual(Object.entries(cleaned), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
    ['a', 'z'],
  ])
  assert.equal(({} as Record<string, unknown>).a, undefined)
  assert.deepEqual(all.rowCleaner({ toString: all.trim } as never)({ a: 'x' }), { a: 'x' })
})
