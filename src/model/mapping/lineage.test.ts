import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Static, Type } from 'typebox'
import { multiply, sum } from '../decimal.ts'
import { mapping } from '../mapping.ts'
import { model } from '../model.ts'
import { allocate } from '../money/allocate.ts'
import { exchange, money } from '../money/money.ts'
import { rates } from '../money/rates.ts'
import { quantity, toUnit } from '../units/quantity.ts'
import { choose } from './choose.ts'
import { codeTable } from './code-table.ts'
import { groupBy, matchBy } from './lists.ts'
import { businessDate, instant, localDate } from './zoned-time.ts'

const Text = Type.String()
const orderSchema = Type.Object({
  no: Text,
  status: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
  currency: Text,
  placed: Text,
  zone: Text,
  freight: Text,
  total: Text,
  lines: Type.Array(Type.Object({ no: Text, sku: Text, qty: Text, uom: Text, price: Text, plant: Text })),
  notes: Type.Array(Type.Object({ line: Text, text: Text })),
})
type Order = Static<typeof orderSchema>
const Order = model('Order', { version: 1, schema: orderSchema })
const Any = model('Any', { version: 1, schema: Type.Object({}) })
const uom = codeTable('uom', { kg: 'KGM', pc: 'C62' })
const table = rates([])

/** Of one function over orders. */
function read(field: (order: Order) => unknown) {
  const found = mapping<Order, { value: unknown }>(Any as never, { value: field }).lineage(Order).value
  return { sources: found?.sources, complete: found?.complete }
}
const all = (...sources: string[]) => ({ sources, complete: true })

test('codes, units and money that no sample knows hide nothing of what is read behind them', () => {
  const weight = (order: Order) =>
    order.lines.map(line => [toUnit(quantity(line.qty, uom.code(line.uom)), 'TNE').value, line.sku])
  assert.deepEqual(read(weight), all('lines[].qty', 'lines[].sku', 'lines[].uom'))
  const amount = (order: Order) => {
    const rate = table.on(order.currency, 'CNY', order.placed)
    return exchange(money(order.total, order.currency), 'CNY', rate).value + order.freight
  }
  assert.deepEqual(read(amount), all('currency', 'freight', 'placed', 'total'))
  assert.deepEqual(
    read(order =>
      allocate(
        order.freight,
        order.lines.map(line => line.price),
        { scale: 0 },
      ),
    ),
    all('freight', 'lines[].price'),
  )
})

test('times of a zone that no sample shows', () => {
  assert.deepEqual(
    read(order => localDate(instant(order.placed, 'Asia/Shanghai'), 'Europe/Berlin') + order.no),
    all('no', 'placed'),
  )
  assert.deepEqual(
    read(order => businessDate(order.placed, 'UTC', '06:00') + order.no),
    all('no', 'placed'),
  )
})

test('every case of a choice is lineage, whatever samples there are', () => {
  const chosen = (order: Order) => choose(order.status, { open: order.freight, closed: order.total })
  assert.deepEqual(read(chosen), all('freight', 'status', 'total'))
  const unknown = (order: Order) => choose(order.zone, { east: order.freight })
  assert.deepEqual(read(unknown), all('freight', 'zone'))
})

test('lists that are matched, grouped, flattened and summed', () => {
  const noted = (order: Order) =>
    matchBy(
      order.lines,
      order.notes,
      line => line.no,
      note => note.line,
      { none: 'park', several: 'park' },
    ).map(([line, note]) => ({ sku: line.sku, note: note.text }))
  assert.deepEqual(read(noted), all('lines[].no', 'lines[].sku', 'notes[].line', 'notes[].text'))
  const byPlant = (order: Order) =>
    groupBy(
      order.lines,
      line => line.plant,
      lines => ({ plant: lines[0].plant, qty: sum(lines.map(line => line.qty)) }),
    )
  assert.deepEqual(read(byPlant), all('lines[].plant', 'lines[].qty'))
  const rows = (order: Order) => order.lines.flatMap(line => [[order.no, line.sku]])
  assert.deepEqual(read(rows), all('lines[].sku', 'no'))
  const value = (order: Order) => sum(order.lines.map(line => multiply(line.qty, line.price)))
  assert.deepEqual(read(value), all('lines[].price', 'lines[].qty'))
})

test('the tables by which a field is made are a part of its lineage', () => {
  const field = mapping<Order, { value: unknown }>(Any as never, { value: order => uom.code(order.zone) })
  assert.deepEqual(field.lineage(Order).value?.tables, [`uom ${uom.content}`])
  assert.throws(() => field.apply({ zone: 'x' } as Order), /no code for "x"/)
})
