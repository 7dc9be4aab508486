import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './han.ts'
import {
  fullWidth,
  halfWidth,
  nfc,
  nfkc,
  simplified,
  singleSpaces,
  titleCase,
  traditional,
  trim,
  usualWidth,
  visible,
  wideScript,
} from './index.ts'

test('white space and invisible characters at both ends go, those inside stay', () => {
  assert.equal(trim('\ufeff\u200b \t A\u200bB \u00a0\u3000\u2060'), 'A\u200bB')
  assert.equal(trim(' \u2028 '), '')
  assert.equal(singleSpaces('a \t\n b\u3000c'), 'a b c')
})

test('what shows as nothing goes from everywhere, and other blanks become usual ones', () => {
  assert.equal(visible('a\u00a0b\u200bc\u00adx\u202ed\u0000\ufeff'), 'a bcxd')
  assert.equal(visible('a\u2028b\tc\r\nd\u3000'), 'a\nb\tc\r\nd ')
  assert.equal(visible('ASCII only\n'), 'ASCII only\n')
})

test('joiners stay where emoji and scripts are written with them, and go elsewhere', () => {
  const family = '👨\u200d👩\u200d👧'
  const persian = 'می\u200cخواهم'
  const scotland = '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'
  for (const text of [family, persian, scotland, '❤\ufe0f\u200d🔥']) assert.equal(visible(text), text)
  assert.equal(visible('x\u200dy\u200cz'), 'xyz')
  assert.equal(visible('order\u{e0041}\u{e0042}'), 'order')
})

test('full-width letters, digits and signs become half width; other scripts stay', () => {
  assert.equal(halfWidth('ＡＢ－１２３\u3000（株）カ'), 'AB-123 (株)カ')
  assert.equal(halfWidth('￥１００　￡'), '¥100 £')
})

test('half-width katakana and Hangul become the usual ones, and everything can be made wide', () => {
  assert.equal(wideScript('ｶﾞｷﾞﾊﾟﾝ ｡ﾡﾢￜ￩'), 'ガギパン 。ㄱㄲㅣ←')
  assert.equal(usualWidth('Ａ１ｶﾞ'), 'A1ガ')
  assert.equal(fullWidth('A 1~ｶ¥'), 'Ａ　１～カ￥')
})

test('cases and Unicode forms', () => {
  assert.equal(titleCase('HELLO wORLD o’neil 北京 école'), 'Hello World O’Neil 北京 École')
  assert.equal(nfc('e\u0301'), 'é')
  assert.equal(nfkc('①ﬁ㎡Ⅷ'), '1fim2VIII')
})

test('a package that is not installed is named when the cleaner is made', () => {
  assert.throws(() => load('no-such-package/part', 'Such things'), {
    code: 'CONFIG-DRIVER',
    message:
      'Such things need the package no-such-package, and it is not installed. Run: npm install no-such-package',
  })
})

test('simplified and traditional characters, by words', () => {
  assert.equal(simplified()('頭髮發展，乾隆'), '头发发展，乾隆')
  assert.equal(simplified('twp')('軟體'), '软件')
  assert.equal(traditional()('头发发展'), '頭髮發展')
  assert.equal(traditional('twp')('软件'), '軟體')
  assert.deepEqual([simplified().name, traditional('hk').name], ['simplified()', "traditional('hk')"])
})
