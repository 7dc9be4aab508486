// The orders of our customers: ORDERS of EDIFACT D.96A, as far as it is wanted.
import { an, code, composite, decimal, dtm, group, layout, many, segment } from 'isthmus/edi'

export const ordersMessage = layout('ORDERS', {
  begin: segment('BGM', { kind: code([1, 1], '220'), number: an(2, { max: 35 }) }),
  ordered: segment('DTM', { on: dtm(1) }, { 1: '137' }),
  buyer: segment('NAD', { party: composite(2, { id: an(1) }) }, { 1: 'BY' }),
  lines: many(
    group({
      item: segment('LIN', { no: an(1), article: an([3, 1]) }),
      quantity: segment('QTY', { amount: decimal([1, 2]), unit: code([1, 3], 'PCE', 'MTR') }, { 1: '21' }),
      price: segment('PRI', { amount: decimal([1, 2]) }, { 1: 'AAA' }),
    }),
    { min: 1 },
  ),
  summary: segment('UNS', {}, { 1: 'S' }),
})
