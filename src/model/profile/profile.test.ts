import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedCodes } from './check-digits.ts'
import { writtenDate } from './date-notation.ts'
import { Distinct } from './distinct.ts'
import { drift } from './drift.ts'
import { FrequentTexts } from './frequent.ts'
import { patternOf } from './pattern.ts'
import type { FieldProfile, Profile } from './profile.ts'
import { profile } from './profiler.ts'
import { populationStability, shareInTenths } from './stability.ts'

const field = ({ fields }: Profile, path: string) => fields.find(each => each.path === path) as FieldProfile
const defects = (found: Profile, path: string) =>
  field(found, path).defects.map(({ kind, count }) => [kind, count])

test('fields of nested records are told with types, what is missing, lengths and exact ranges', () => {
  const found = profile([
    { no: 'A-1', at: { city: 'Kiel' }, lines: [{ qty: '9007199254740993.1' }, { qty: '-2.25', note: 'x' }] },
    { no: 'A-2', at: { city: '' }, lines: [{ qty: '9007199254740993.2' }], on: true },
    { no: 'A-3', at: null, lines: [] },
  ])
  assert.equal(found.records, 3)
  const shown = found.fields.map(({ path, places, absent, null: none, empty }) => [
    path,
    places,
    absent,
    none,
    empty,
  ])
  assert.deepEqual(shown, [
    ['no', 3, 0, 0, 0],
    ['at', 3, 0, 1, 0],
    ['at.city', 2, 0, 0, 1],
    ['lines', 3, 0, 0, 0],
    ['lines[].qty', 3, 0, 0, 0],
    ['lines[].note', 3, 2, 0, 0],
    ['on', 3, 2, 0, 0],
  ])
  assert.deepEqual(field(found, 'lines').length, { min: 0, max: 2 })
  const qty = field(found, 'lines[].qty')
  assert.deepEqual(qty.number, { count: 3, scale: 2, min: '-2.25', max: '9007199254740993.2' })
  assert.deepEqual(field(found, 'no').patterns, [{ text: 'A-9', count: 3 }])
  assert.equal(field(found, 'no').key, true)
  assert.equal(field(found, 'on').key, false)
})

test('values of personal data are never shown', () => {
  const rows = Array.from({ length: 100 }, (_, at) => ({
    name: at < 50 ? 'Ada Lovelace' : 'N/A',
    pay: at < 99 ? 5100 + at : 987654321,
    born: '1815-12-10',
  }))
  const found = profile(rows, { pii: ['name', 'pay', 'born'] })
  const text = JSON.stringify(found)
  for (const value of ['Ada', 'Lovelace', '987654321', '5100', '1815'])
    assert.ok(!text.includes(value), value)
  assert.deepEqual(defects(found, 'name'), [['placeholders', 50]])
  assert.equal(field(found, 'name').distinct.count, 2)
})

test('distinct values are counted exactly while they are few, and within a few per cent beyond', () => {
  const distinct = new Distinct()
  for (let at = 0; at < 40_000; at++) distinct.add(`v${at % 20_000}`)
  assert.deepEqual(distinct.count, { count: 20_000, exact: true })
  for (let at = 0; at < 200_000; at++) distinct.add(`v${at}`)
  const { count, exact } = distinct.count
  assert.equal(exact, false)
  assert.ok(Math.abs(count - 200_000) < 0.05 * 200_000, String(count))
})

test('frequent texts are found among any number of rare ones', () => {
  const texts = new FrequentTexts(50)
  for (let at = 0; at < 20_000; at++)
    texts.add(at % 10 === 0 ? 'often' : at % 25 === 1 ? 'sometimes' : `rare${at}`)
  const [first, second] = texts.all
  assert.equal(first?.text, 'often')
  assert.equal(second?.text, 'sometimes')
  assert.ok((first?.count ?? 0) >= 2_000 && (first?.count ?? 0) - (first?.error ?? 0) <= 2_000)
  assert.ok(texts.all.length <= 100)
})

test('patterns say how a text is written', () => {
  const known = {
    'AB-1234': 'AA-9999',
    'Kiel 12': 'Aaaa 99',
    上海A座: '汉汉A汉',
    '123456789012': '9+',
    É1: 'A9',
    '12345678': '99999999',
  }
  for (const [text, pattern] of Object.entries(known)) assert.equal(patternOf(text), pattern, text)
})

test('dates are known in their notations, and told where they are ambiguous', () => {
  const known: Record<string, [string, boolean] | undefined> = {
    '2026-05-01': ['YYYY-MM-DD', false],
    '20260501': ['YYYYMMDD', false],
    '2026年5月1日': ['YYYY年M月D日', false],
    '2026-05-01T10:00:00Z': ['YYYY-MM-DD with time', false],
    '01.05.2026': ['DD.MM.YYYY', false],
    '25/12/2026': ['DD/MM/YYYY', false],
    '12/25/2026': ['MM/DD/YYYY', false],
    '01/05/2026': ['DD/MM/YYYY or MM/DD/YYYY', true],
    '2026-02-30': undefined,
    '20269901': undefined,
    '12345678': undefined,
  }
  for (const [text, wanted] of Object.entries(known)) {
    const found = writtenDate(text)
    assert.deepEqual(found && [found.notation, found.ambiguous], wanted, text)
  }
})

test('check digits are those of the standards', () => {
  const right = {
    GTIN: '4006381333931',
    IBAN: 'GB82WEST12345698765432',
    'unified social credit code': '91350100M000100Y43',
    'resident identity number': '11010519491231002X',
    'bank card': '4539578763621486',
  }
  for (const { name, looks, holds } of checkedCodes) {
    const text = right[name as keyof typeof right]
    assert.ok(looks(text) && holds(text), name)
    const wrong = text.replace(/\d(?=\d\D*$)|\d(?=\w{2}$)/, digit => String((Number(digit) + 1) % 10))
    assert.ok(wrong !== text && !holds(wrong), `${name} ${wrong}`)
  }
})

test('suspected defects come with their reason', () => {
  const gtin = (at: number) => {
    const text = String(400638133000 + at)
    const sum = [...text].reduce((so, digit, place) => so + Number(digit) * (place % 2 === 0 ? 1 : 3), 0)
    return `${text}${(10 - (sum % 10)) % 10}`
  }
  const rows = Array.from({ length: 100 }, (_, at) => ({
    mixed: at < 90 ? at : `${at}`,
    day: at < 60 ? '2026-05-01' : at < 90 ? '02/03/2026' : '2026/05/01',
    city: at < 50 ? 'Kiel' : at < 60 ? 'KIEL ' : 'Ｌｙｏｎ',
    note: at === 0 ? 'MÃ¼ller' : at === 1 ? 'N/A' : 'fine',
    price: at === 99 ? '1000000.00' : `${10 + (at % 7)}.50`,
    amount: at < 95 ? `${at}` : 'five',
    ean: at < 3 ? gtin(at).replace(/.$/, digit => String((Number(digit) + 1) % 10)) : gtin(at),
  }))
  const found = profile(rows)
  assert.deepEqual(defects(found, 'mixed'), [['mixed types', undefined]])
  assert.deepEqual(defects(found, 'day'), [
    ['several date notations', undefined],
    ['ambiguous dates', 30],
  ])
  assert.deepEqual(defects(found, 'city'), [
    ['white space at ends', 10],
    ['full width', 40],
    ['spellings', 1],
  ])
  assert.deepEqual(defects(found, 'note'), [
    ['mojibake', 1],
    ['placeholders', 1],
  ])
  assert.deepEqual(defects(found, 'price'), [['outliers', undefined]])
  assert.deepEqual(defects(found, 'amount'), [['numbers among texts', 5]])
  assert.deepEqual(defects(found, 'ean'), [['check digits', 3]])
  assert.match(
    field(found, 'price').defects[0]?.reason ?? '',
    /1000000\.00 is far from most, which lie between 11\.5 and 15\.5/,
  )
})

test('a key that comes again, and a day that no calendar has, are told', () => {
  const rows = Array.from({ length: 200 }, (_, at) => ({
    no: `C${String(at === 7 ? 6 : at).padStart(5, '0')}`,
    day: at === 9 ? '2026-02-30' : `2026-05-${String((at % 28) + 1).padStart(2, '0')}`,
    amount: `${at === 7 ? 6 : at}.50`,
  }))
  const found = profile(rows)
  assert.deepEqual(defects(found, 'no'), [['repeated keys', 1]])
  assert.deepEqual(defects(found, 'day'), [['texts among dates', 1]])
  assert.deepEqual(defects(found, 'amount'), [])
})

test('records without end of keys stay bounded', () => {
  const found = profile(Array.from({ length: 2_000 }, (_, at) => ({ [`k${at}`]: at })))
  assert.equal(found.fields.length, 500)
  assert.equal(found.pathsLeftOut, 500)
})

test('hostile records leave small profiles', () => {
  const long = 'a'.repeat(1_000_000)
  let deep: unknown = 'end'
  for (let depth = 0; depth < 5_000; depth++) deep = depth % 100 === 1 ? { deep } : [deep]
  const found = profile([
    { long, spaces: ' '.repeat(1_000_000), digits: '9'.repeat(1_000_000), deep, proto: 1 },
    { long: `${long}b`, list: Array.from({ length: 100_000 }, (_, at) => at), constructor: null },
    JSON.parse('{"__proto__": {"polluted": true}}'),
    undefined,
    'text',
  ])
  assert.ok(JSON.stringify(found).length < 20_000)
  assert.equal(field(found, 'long').length?.max, 1_000_001)
  assert.equal(field(found, 'list').length?.max, 100_000)
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
})

test('a profile is plain data', () => {
  const found = profile([{ a: 1, b: ['x'] }, { a: 2.5 }])
  assert.deepEqual(JSON.parse(JSON.stringify(found)), found)
})

const orders = (count: number, change: (at: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, at) => ({
    no: `SO-${1000 + at}`,
    state: ['open', 'closed', 'held'][at % 3],
    amount: `${100 + ((at * 37) % 200)}.00`,
    customer: { city: at % 2 ? 'Kiel' : 'Lyon', zip: `${24000 + (at % 50)}` },
    ...change(at),
  }))

const found = (change: (at: number) => object, count = 300) =>
  drift(profile(orders(600)), profile(orders(count, change))).map(
    ({ field, kind, severity }) => `${severity} ${kind} ${field}`,
  )

test('the same data drift nowhere', () => {
  assert.deepEqual(drift(profile(orders(600)), profile(orders(600))), [])
  assert.deepEqual(
    found(() => ({})),
    [],
  )
})

test('each kind of drift is found, with how bad it is', () => {
  const fives = ['critical new type amount', 'warning range amount']
  assert.deepEqual(
    found(at => (at % 10 === 0 ? { amount: 5 } : {})),
    fives,
  )
  assert.deepEqual(
    found(at => (at % 10 === 0 ? { amount: 'n/a' } : {})),
    ['critical new type amount', 'warning pattern amount'],
  )
  assert.deepEqual(
    found(at => (at % 5 === 0 ? { state: null } : {})),
    ['critical null rate state'],
  )
  assert.deepEqual(
    found(at => (at % 5 === 0 ? { state: 'void' } : {})),
    ['critical new values state', 'warning distribution state'],
  )
  assert.deepEqual(
    found(at => (at === 7 ? { amount: '90000.00' } : {})),
    ['warning range amount'],
  )
  assert.deepEqual(
    found(at => ({ no: `${at}/2026` })),
    ['critical pattern no'],
  )
  assert.deepEqual(
    found(at => ({ amount: `${100 + (at % 20)}.00` })),
    ['warning distribution amount'],
  )
  assert.deepEqual(
    found(() => ({ customer: undefined })),
    ['critical missing field customer'],
  )
  assert.deepEqual(
    found(() => ({ extra: 1 })),
    ['info new field extra'],
  )
})

test('few live records say nothing, and tolerances are taken', () => {
  const [before, after] = [profile(orders(600)), profile(orders(300, () => ({ state: null })))]
  assert.deepEqual(drift(before, profile(orders(20, () => ({ state: null })))), [])
  assert.deepEqual(drift(before, after, { missing: 1, except: ['state'] }), [])
})

test('the population stability index is that of its definition', () => {
  assert.equal(populationStability([0.5, 0.5], [0.5, 0.5]), 0)
  const index = populationStability([0.5, 0.5], [0.6, 0.4])
  assert.ok(Math.abs(index - (0.1 * Math.log(1.2) - 0.1 * Math.log(0.8))) < 1e-12)
  const points = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  for (const share of shareInTenths(points, points)) assert.ok(Math.abs(share - 0.1) < 1e-9)
  const far = shareInTenths(
    points,
    points.map(point => point + 100),
  )
  assert.deepEqual(far, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  const half = shareInTenths(
    points,
    points.map(point => point / 2),
  )
  assert.deepEqual(
    half.map(share => Math.round(share * 10) / 10),
    [0.2, 0.2, 0.2, 0.2, 0.2, 0, 0, 0, 0, 0],
  )
})
