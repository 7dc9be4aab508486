import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { model } from '../../../model/model.ts'
import { an, code, composite, date, decimal, dtm, implied, time, together } from './declare.ts'
import { type DataOfLayout, group, layout, many, optional, segment } from './layout.ts'
import { readLayout } from './layout-read.ts'
import { writeLayout } from './layout-write.ts'
import type { Element, Segment } from './segment.ts'

const order = layout(
  'ORDERS',
  {
    begin: segment('BGM', {
      kind: an([1, 1], { max: 3 }),
      number: an(2),
      function: optional(code(3, '9', '1')),
    }),
    ordered: segment('DTM', { on: dtm(1) }, { 1: '137' }),
    due: optional(segment('DTM', { on: dtm(1) }, { 1: '2' })),
    notes: many(segment('FTX', { text: composite(4, { first: an(1), second: optional(an(2)) }) }), {
      max: 2,
    }),
    parties: many(
      group({
        name: segment('NAD', { role: code(1, 'BY', 'SU'), id: an([2, 1]) }),
        references: many(segment('RFF', { kind: an([1, 1]), number: an([1, 2]) })),
      }),
      { min: 1 },
    ),
    lines: many(
      group({
        item: segment('LIN', {
          no: an(1),
          article: optional(together({ id: an([3, 1]), kind: an([3, 2]) })),
        }),
        quantity: segment('QTY', { amount: decimal([1, 2]), unit: optional(an([1, 3])) }, { 1: '21' }),
        price: optional(segment('PRI', { amount: decimal([1, 2]) }, { 1: 'AAA' })),
      }),
    ),
    end: segment('UNS', {}, { 1: 'S' }),
  },
  { ignored: ['CUX'] },
)
type Order = DataOfLayout<typeof order>

const parse = (text: string): Segment[] =>
  text.split(' ').map(each => {
    const [tag = '', ...elements] = each.split('+')
    return { tag, elements: elements.map((part): Element => (part.includes(':') ? part.split(':') : part)) }
  })
function read(text: string, mark = '.') {
  const problems: string[] = []
  const data = readLayout(order, parse(text), mark, (index, kind, reason, element, component) => {
    problems.push([index, kind, reason, element ?? '', component ?? ''].join('|').replace(/\|*$/, ''))
  })
  return { data: data as Order, problems }
}
const good =
  'BGM+220+PO1+9 DTM+137:20261130:102 CUX+2:EUR NAD+BY+1::9 RFF+VA:7 NAD+SU+2 LIN+1++4711:EN QTY+21:1.50:PCE PRI+AAA:19.95 LIN+2 QTY+21:3 UNS+S'

test('a layout gives named, typed data', () => {
  const { data, problems } = read(good)
  assert.deepEqual(problems, [])
  const expected: Order = {
    begin: { kind: '220', number: 'PO1', function: '9' },
    ordered: { on: '2026-11-30' },
    notes: [],
    parties: [
      { name: { role: 'BY', id: '1' }, references: [{ kind: 'VA', number: '7' }] },
      { name: { role: 'SU', id: '2' }, references: [] },
    ],
    lines: [
      {
        item: { no: '1', article: { id: '4711', kind: 'EN' } },
        quantity: { amount: '1.50', unit: 'PCE' },
        price: { amount: '19.95' },
      },
      { item: { no: '2' }, quantity: { amount: '3' } },
    ],
    end: {},
  }
  assert.deepEqual(data, expected)
})

test('the data of a layout is what its schema says', () => {
  const Order = model('Order', { version: 1, schema: order.schema })
  const { data } = read(good)
  assert.deepEqual(Order.validate(data), { ok: true, data })
  const { begin: _, ...rest } = data
  assert.equal(Order.validate(rest).ok, false)
  assert.equal(
    Order.validate({ ...data, lines: [{ ...data.lines[0], quantity: { amount: 1.5 } }] }).ok,
    false,
  )
})

test('segments of one tag beside each other come in any order', () => {
  const { data, problems } = read(good.replace('DTM+137', 'DTM+2:202612011405:203 DTM+137'))
  assert.deepEqual(problems, [])
  assert.deepEqual(data.due, { on: '2026-12-01T14:05' })
})

test('what is wrong is told with the segment and element, each time', () => {
  const cases: [string, string, string[]][] = [
    ['BGM+220+PO1+9', 'BGM+220+PO1+7', ['0|code invalid|is none of the codes 9, 1|3']],
    ['BGM+220+PO1', 'BGM++PO1', ['0|element missing|is missing|1|1']],
    ['BGM+220', 'BGM+2200', ['0|element too long|has 4 characters, at most 3 expected|1|1']],
    ['DTM+137:20261130:102 ', '', ['11|segment missing|DTM (ordered) is missing before this segment']],
    ['20261130:102', '20261131:102', ['1|date invalid|is no date in format 102|1|2']],
    ['20261130:102', '20261130:718', ['1|code invalid|is in the date format "718", which is not read|1|2']],
    ['CUX+2:EUR', 'ABC+1', ['2|segment unknown|is no part of the layout of ORDERS']],
    ['LIN+2', 'QTY+21:1 LIN+2', ['9|segment repeated|is there more than 1 times']],
    ['UNS+S', 'UNS+S NAD+BY+1', ['12|segment unexpected|does not belong here']],
    ['CUX+2:EUR', 'FTX++++a FTX++++b FTX++++c', ['4|segment repeated|is there more than 2 times']],
    ['QTY+21:3 ', '', ['10|segment missing|QTY (quantity) is missing before this segment']],
    ['1.50', '1,50', ['7|element invalid|is no number with "." as decimal mark|1|2']],
    ['NAD+SU+2', 'NAD+XX+2', ['5|code invalid|is none of the codes BY, SU|1']],
  ]
  for (const [from, to, expected] of cases)
    assert.deepEqual(read(good.replace(from, to)).problems, expected, to)
  assert.match(
    read(good.replace('NAD+BY+1::9 RFF+VA:7 NAD+SU+2 ', '')).problems.join(),
    /NAD \(parties\) is missing/,
  )
})

const wide = layout('997', {
  all: segment('XYZ', {
    amount: implied(1, 2),
    day: date(2),
    short: date(3, { digits: 6 }),
    at: time(4),
    list: many(an(5), { max: 3 }),
    pairs: many(composite(6, { a: an(1), b: optional(implied(2, 0)) })),
  }),
})
const value = (elements: Element[], mark = '.') => {
  const problems: unknown[] = []
  const data = readLayout(wide, [{ tag: 'XYZ', elements }], mark, (...problem) => problems.push(problem))
  return { data: data as DataOfLayout<typeof wide>, problems }
}

test('numbers, days and times are exact text, and so are repetitions', () => {
  const elements: Element[] = [
    '-5',
    '20240229',
    '490101',
    '14055925',
    { repeated: ['a', 'b'] },
    { repeated: [['x', '007'], 'y'] },
  ]
  const { data, problems } = value(elements)
  assert.deepEqual(problems, [])
  assert.deepEqual(data.all, {
    ...{ amount: '-0.05', day: '2024-02-29', short: '2049-01-01', at: '14:05:59.25' },
    ...{ list: ['a', 'b'], pairs: [{ a: 'x', b: '7' }, { a: 'y' }] },
  })
  assert.deepEqual(
    value(['9007199254740993', '20240229', '500101', '2400', '', ['x', '1']]).data.all.amount,
    '90071992547409.93',
  )
  assert.equal(value(['1', '20230229', '500101', '2400']).problems.length, 2)
  assert.equal(
    value(['1.5', '20240229', '500101', '1200', { repeated: ['a', 'b', 'c', 'd'] }]).problems.length,
    2,
  )
})

const number = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.option(fc.stringMatching(/^[0-9]{1,20}$/)))
  .map(([minus, whole, fraction]) => `${minus ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}`)

test('what is written is read as it was, with any digits and either decimal mark', () => {
  const priced = layout('X', { all: segment('PRI', { amount: decimal(1), cents: implied(2, 3) }) })
  fc.assert(
    fc.property(
      number,
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.constantFrom('.', ','),
      (amount, thousandths, mark) => {
        const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0')
        const cents = `${thousandths < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`
        const data = { all: { amount, cents } }
        const written = writeLayout(priced, data, mark, assert.fail)
        assert.equal(String(written[0]?.elements[0]).includes('.'), mark === '.' && amount.includes('.'))
        assert.deepEqual(
          readLayout(priced, written, mark, (...problem) => assert.fail(problem.join())),
          data,
        )
      },
    ),
  )
})

test('data that the layout does not allow is refused with the place', () => {
  const { data } = read(good)
  const refusal = (changed: unknown) => {
    try {
      writeLayout(order, changed, '.', reason => {
        throw new Error(reason)
      })
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }
  assert.equal(refusal(data), undefined)
  const [line] = data.lines
  const cases: [unknown, string][] = [
    [{ ...data, begin: undefined }, 'begin: is missing'],
    [{ ...data, begin: { ...data.begin, number: 17 } }, 'begin: number is no text'],
    [{ ...data, parties: [] }, 'parties: is missing'],
    [{ ...data, notes: Array(3).fill({ text: { first: 'a' } }) }, 'notes: is there more than 2 times'],
    [
      { ...data, lines: [{ ...line, price: { amount: '1e5' } }] },
      'lines: price: amount is no decimal number',
    ],
    [{ ...data, ordered: { on: '2026-02-30' } }, 'ordered: on is no date or date and time'],
    [{ ...data, begin: { ...data.begin, function: '7' } }, 'begin: function is none of the codes 9, 1'],
    ['text', 'is no object'],
  ]
  for (const [changed, reason] of cases) assert.equal(refusal(changed), reason)
})

test('a layout that cannot be meant is refused when it is declared', () => {
  assert.throws(() => an(0), { code: 'FLOW-DEFINITION' })
  assert.throws(() => group({ many: many(segment('X', {})) }), { code: 'FLOW-DEFINITION' })
})
