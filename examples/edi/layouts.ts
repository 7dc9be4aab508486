import { an, code, composite, date, decimal, dtm, group, layout, many, optional, segment } from 'isthmus/edi'

/** A purchase order of X12, as far as it is wanted. */
export const order850 = layout(
  '850',
  {
    begin: segment('BEG', { purpose: code(1, '00', '05'), number: an(3, { max: 22 }), date: date(5) }),
    references: many(segment('REF', { qualifier: an(1), number: an(2) })),
    parties: many(
      group({
        name: segment('N1', { role: an(1), name: optional(an(2)), id: optional(an(4)) }),
        streets: many(segment('N3', { street: an(1) }), { max: 2 }),
        city: optional(segment('N4', { city: optional(an(1)), postcode: optional(an(3)) })),
      }),
    ),
    lines: many(
      group({
        item: segment('PO1', {
          no: optional(an(1)),
          quantity: decimal(2),
          unit: an(3, { min: 2, max: 2 }),
          price: decimal(4),
          article: an(7),
        }),
        texts: many(segment('PID', { text: an(5) })),
      }),
      { min: 1 },
    ),
    totals: optional(segment('CTT', { lines: decimal(1) })),
  },
  { ignored: ['CSH', 'CUR', 'TD5'] },
)

/** An order of EDIFACT, as far as it is wanted. */
export const orders = layout(
  'ORDERS',
  {
    begin: segment('BGM', {
      kind: an([1, 1]),
      number: an(2, { max: 35 }),
      function: optional(code(3, '9', '1')),
    }),
    ordered: segment('DTM', { on: dtm(1) }, { 1: '137' }),
    due: optional(segment('DTM', { on: dtm(1) }, { 1: '2' })),
    parties: many(
      segment('NAD', { role: an(1), party: optional(composite(2, { id: an(1), agency: optional(an(3)) })) }),
    ),
    lines: many(
      group({
        item: segment('LIN', { no: an(1), article: an([3, 1]) }),
        quantity: segment('QTY', { amount: decimal([1, 2]), unit: optional(an([1, 3])) }, { 1: '21' }),
        price: optional(segment('PRI', { amount: decimal([1, 2]) }, { 1: 'AAA' })),
      }),
    ),
    summary: segment('UNS', {}, { 1: 'S' }),
  },
  { ignored: ['CUX', 'CNT', 'FTX'] },
)
