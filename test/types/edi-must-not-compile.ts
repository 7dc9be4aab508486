/** What the compiler must refuse about layouts of EDI; see must-not-compile.ts. */
import { model } from 'isthmus'
import {
  an,
  code,
  type DataOfLayout,
  decimal,
  type EdifactMessage,
  edifactMessage,
  group,
  layout,
  many,
  messagesOf,
  optional,
  segment,
  type X12InterchangeRecord,
} from 'isthmus/edi'

const order = layout('ORDERS', {
  begin: segment('BGM', { number: an(2), function: optional(code(3, '9', '1')) }),
  lines: many(
    group({
      item: segment('LIN', { no: an(1) }),
      price: optional(segment('PRI', { amount: decimal([1, 2]) })),
    }),
  ),
})
type Order = DataOfLayout<typeof order>
const begin = { number: '1' }

export const good: Order = {
  begin: { ...begin, function: '9' },
  lines: [{ item: { no: '1' }, price: { amount: '1.50' } }],
}
// @ts-expect-error a part is missing
export const partial: Order = { begin }
// @ts-expect-error a field is missing
export const empty: Order = { begin: {}, lines: [] }
// @ts-expect-error another code
export const coded: Order = { begin: { ...begin, function: '7' }, lines: [] }
// @ts-expect-error numbers are exact text
export const inexact: Order = { begin, lines: [{ item: { no: '1' }, price: { amount: 1.5 } }] }
// @ts-expect-error what repeats is a list
export const single: Order = { begin, lines: { item: { no: '1' } } }

// A list is empty where there is nothing.
// @ts-expect-error
many(optional(segment('FTX', {})))

// A model of messages knows their data, and one without a layout only segments.
const Order = model('Order', { version: 1, schema: edifactMessage(order) })
const validated = Order.validate({})
if (validated.ok) {
  validated.data.data.begin.number satisfies string
  validated.data.group?.number satisfies string | undefined
  // @ts-expect-error
  validated.data.segments
  // @ts-expect-error
  validated.data.data.begin.name
}
declare const bare: EdifactMessage
// @ts-expect-error
export const none = bare.data

// The good messages of an interchange have their data.
declare const whole: X12InterchangeRecord<Order>
messagesOf(whole).map(({ data }) => data.lines satisfies readonly object[])
// @ts-expect-error
messagesOf(whole).map(({ segments }) => segments)
// @ts-expect-error what is wrong has no data
whole.groups[0]?.messages[0]?.data.begin
