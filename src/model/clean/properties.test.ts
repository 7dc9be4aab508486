import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import * as all from './index.ts'

type Text = (value: string) => unknown

/** Every cleaner that takes a text. Those that give one give it again. */
const again: readonly Text[] = [
  all.trim,
  all.singleSpaces,
  all.noSpaces,
  all.visible,
  all.upperCase,
  all.lowerCase,
  all.titleCase,
  all.nfc,
  all.nfkc,
  all.halfWidth,
  all.wideScript,
  all.usualWidth,
  all.fullWidth,
  all.simplified(),
  all.decimal({ scale: 2 }),
  all.decimal({ scale: 0, notation: '12,34,567.8' }),
  all.percentage({ scale: 6 }),
  all.amountFromWords,
  all.amount({ scale: 2, currency: 'CNY' }),
  all.date({ order: 'ymd', pivot: 40 }),
  all.date({ order: 'dmy', pivot: 40, serial: 1900 }),
  all.dateTime({ zone: 'Asia/Shanghai', serial: 1904, repeated: 'later', skipped: 'unchanged' }),
  all.localTime('America/New_York'),
  all.phone('CN'),
  all.email,
  all.unit(),
  all.currency({ $: 'USD' }),
  all.oneOf({ low: ['l'], high: ['h'] }),
  all.creditCode,
  all.residentId(),
  all.bankCard,
  all.iban,
  all.gtin({ digits: 14 }),
  all.vatNumber('DE'),
]
/** Those that give something else than they take, or take what they gave for something else. */
const once: readonly Text[] = [
  all.amountInWords,
  all.chineseAddress,
  all.companyName,
  all.optional(all.trim),
  all.traditional(),
  all.decimal({ scale: 3, notation: '1.234,5' }),
  all.firstOf(all.date(), all.email),
]

/** What people and machines type, cut up and put together again. */
const pieces = [
  ...'0123456789', ...'+-()%,.\'"/:@ \t\n', ...'零一二三十百千万亿壹拾元角分整年月日', ...'ABXabx', 'ﾞ', 'ｶ', 'ﾡ', '\u3000', '\u00a0',
  '\u200b', '\u200d', '\u0301', '\u202e', '👨', 'İ', 'ß', 'ŉ', 'ǆ', 'Σ', '１', '٣', '，', '。', 'GmbH', 'Co.', 'DE', 'kg', '人民币', '浙江省', '杭州市',
  '西湖区', '有限公司', '2026', '-05-01', '13800138000', 'x@y.org', '110105', 'null', 'NaN', '1e9', '0x1F', '\u0000', '\ud800', '\udc00',
] // biome-ignore format: a list
const texts = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.stringMatching(/^[ (]?[-+]?[0-9]{1,4}([,.' ][0-9]{2,3}){0,3}([.,][0-9]{1,3})?[-)% ]?$/),
  fc.stringMatching(
    /^[0-9]{1,4}[-/. 年][0-9]{1,2}[-/. 月][0-9]{1,4}日?( [0-9]{1,2}:[0-9]{2}( PM|Z|\+0[0-9]:00)?)?$/,
  ),
)

/** What a cleaner gives, or undefined where it refuses, which it does in one way only. */
function cleaned(clean: Text, value: string): unknown {
  try {
    return clean(value)
  } catch (error) {
    assert.ok(error instanceof IsthmusError && error.code === 'CLEAN-VALUE', `${clean.name}: ${error}`)
    return undefined
  }
}

for (const clean of again)
  test(`${clean.name} gives what it gave, or refuses with a reason`, () => {
    fc.assert(
      fc.property(texts, text => {
        const first = cleaned(clean, text)
        if (first !== undefined) assert.deepEqual(clean(first as string), first)
      }),
      { numRuns: 400 },
    )
  })

for (const clean of once)
  test(`${clean.name} cleans, or refuses with a reason`, () => {
    fc.assert(
      fc.property(texts, text => void cleaned(clean, text)),
      { numRuns: 400 },
    )
  })

test('every cleaner that is offered is looked at here', () => {
  const makers = [
    'cleanersOf',
    'cleanRow',
    'rowCleaner',
    'named',
    'unclean',
    'chain',
    'each',
    'brokenRules',
    'fieldsOfRule',
    'refuseBroken',
    'rule',
    'countTolerance',
  ]
  const seen = new Set([...again, ...once].map(({ name }) => name.replace(/\(.*/s, '')))
  const missing = Object.keys(all).filter(name => !seen.has(name) && !makers.includes(name))
  assert.deepEqual(missing, [])
})
