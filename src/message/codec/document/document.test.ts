import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noXmlCharacter } from '../xml-characters.ts'
import { readElements } from '../xml-elements.ts'
import {
  amount,
  bare,
  date,
  decimal,
  elsewhere,
  fixed,
  flag,
  group,
  identifier,
  many,
  type Part,
  quantity,
  text,
  token,
  told,
  within,
  word,
} from './part.ts'
import { readRecord } from './read.ts'
import { writeDocument } from './write.ts'

const prefixes = { '': 'urn:doc', c: 'urn:common' }
const parts: readonly Part[] = [
  fixed('c:Version', '2'),
  token('c:ID', 'no'),
  many(text('c:Note', 'notes')),
  flag('c:Copy', 'copy'),
  word('c:Unit', 'unit', { KG: 'KGM' }),
  within('c:Total', [amount('c:Due', 'due'), decimal('c:Rate', 'rate')]),
  within('c:Property', [told('c:Name', 'Weight'), decimal('c:Value', 'weight')]),
  many(group('c:Property', 'properties', [token('c:Name', 'name'), text('c:Value', 'value')])),
  many(group('c:Party', 'parties', [identifier('c:PartyID')])),
  many(bare('c:Address', 'lines', text('c:Line', ''))),
  date('c:Day', 'day'),
  token('c:Place', 'place'),
  elsewhere(within('c:Delivery', [token('c:Place', 'place')])),
  many(group('Line', 'items', [quantity('c:Quantity', 'quantity')])),
]
const record = {
  no: '42',
  notes: ['a  b', 'c\n'],
  copy: true,
  unit: 'KGM',
  due: { value: '-12.50', currency: 'EUR' },
  rate: '0.175',
  weight: '90071992547409931',
  properties: [{ name: 'Colour', value: 'r & <b>' }],
  parties: [{ id: '73000', scheme: 'GLN' }, { id: '1' }],
  lines: ['3rd floor'],
  place: 'Dock 4',
  items: [{ quantity: { value: '1.000', unit: 'C62' } }, {}],
}
const read = (xml: string) => readRecord(readElements(Buffer.from(xml)), parts, prefixes)
const write = (data: object) => writeDocument('Doc', data, parts, prefixes)
const doc = (content: string) => `<Doc xmlns="urn:doc" xmlns:c="urn:common">${content}</Doc>`

test('a record is written in the order of its parts, and read from there', () => {
  const xml = write(record)
  assert.match(
    xml,
    /<c:Version>2<\/c:Version><c:ID>42<.*<c:Unit>KG<.*<c:Due currencyID="EUR">-12.50<.*<Line\/><\/Doc>/s,
  )
  assert.deepEqual(read(xml), { record, unmapped: [] })
})

test('namespaces decide, not prefixes; a default namespace may change within', () => {
  const other = `<x:Doc xmlns:x="urn:doc" xmlns="urn:common"><ID>1</ID><x:Line><y:Quantity xmlns:y="urn:common" unitCode="C62">2</y:Quantity></x:Line><ID xmlns="">3</ID></x:Doc>`
  assert.deepEqual(read(other), {
    record: { no: '1', items: [{ quantity: { value: '2', unit: 'C62' } }] },
    unmapped: ['{}ID'],
  })
})

test('what has no place is told by its path, each once; what is empty is not', () => {
  const xml =
    doc(`<c:ID scheme="x">1</c:ID><c:ID>2</c:ID><c:Version>3</c:Version><c:Other><c:Deep>1</c:Deep></c:Other>loose
<c:Empty/><c:Empty a="1"/><c:Total f="1"><c:Due currencyID="EUR" x="1">1</c:Due></c:Total><c:Copy/><Line><c:New>1</c:New></Line><Line><c:New>2</c:New></Line>`)
  assert.deepEqual(read(xml).unmapped, [
    ...['c:ID/@scheme', 'c:ID[2]', 'c:Version', 'c:Other', 'c:Empty', 'c:Total/@f', 'c:Total/c:Due/@x'],
    ...['Line/c:New', 'text()'],
  ])
})

test('a second place is read where the first is missing, and told where it is not', () => {
  assert.deepEqual(read(doc('<c:Delivery><c:Place>B</c:Place></c:Delivery>')).record, { place: 'B' })
  const both = read(doc('<c:Delivery><c:Place>B</c:Place></c:Delivery><c:Place>A</c:Place>'))
  assert.deepEqual(both, { record: { place: 'A' }, unmapped: ['c:Delivery'] })
})

test('decimals are read in the notation of models; what is none stays text', () => {
  const rate = (given: string) => read(doc(`<c:Total><c:Rate>${given}</c:Rate></c:Total>`)).record.rate
  const expected = {
    ' +1.50 ': '1.50',
    '.5': '0.5',
    '5.': '5',
    '-0.0': '-0.0',
    '1e3': '1e3',
    '1,5': '1,5',
    '-': '-',
  }
  for (const [given, value] of Object.entries(expected)) assert.equal(rate(given), value, given)
  fc.assert(
    fc.property(fc.bigInt(), fc.nat(20), (digits, places) => {
      const sign = digits < 0n ? '-' : ''
      const all = String(digits < 0n ? -digits : digits).padStart(places + 1, '0')
      const value = places === 0 ? sign + all : `${sign}${all.slice(0, -places)}.${all.slice(-places)}`
      assert.equal(read(write({ rate: value })).record.rate, value)
    }),
  )
})

test('the zone of a date is told, since a date of a record has none', () => {
  const given = read(doc('<c:Day> 2026-05-01+08:00 </c:Day>'))
  assert.deepEqual(given, { record: { day: '2026-05-01' }, unmapped: ['c:Day/zone()'] })
  assert.deepEqual(read(write({ day: '2026-05-01' })), { record: { day: '2026-05-01' }, unmapped: [] })
  assert.equal(read(doc('<c:Day>1 May</c:Day>')).record.day, '1 May')
})

test('every text comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), notes => {
      const kept = notes.filter(note => note.trim() !== '' && !noXmlCharacter.test(note))
      assert.deepEqual(read(write({ notes: kept })).record.notes ?? [], kept)
    }),
  )
})

test('nothing is left out in writing: what has no place, or does not fit it, is refused', () => {
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ extra: 1 }, /"extra" has no place/],
    [
      { items: [{ quantity: { value: '1', unit: 'C62', note: '' } }] },
      /"items\[0\].quantity.note" has no place/,
    ],
    [{ items: [{ other: 1 }] }, /"items\[0\].other" has no place/],
    [{ rate: 0.5 }, /"rate" is no decimal/],
    [{ rate: '1,5' }, /"rate" is no decimal/],
    [{ copy: 'yes' }, /"copy" is no flag/],
    [{ notes: 'one' }, /"notes" is no list/],
    [{ items: [null] }, /"items\[0\]" is no object/],
    [{ due: { currency: 'EUR' } }, /"due.value" is missing/],
    [{ notes: ['\u0001'] }, /control character/],
  ]
  for (const [data, message] of refused) assert.throws(() => write(data), { code: 'MSG-ENCODE', message })
  assert.doesNotThrow(() => write({ no: '1', rate: undefined, unmapped: ['c:Other'] }))
})
