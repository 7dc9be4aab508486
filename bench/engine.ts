import { flow, model, type SourceChannel, Type } from 'isthmus'
import { decimal, trim, upperCase } from 'isthmus/clean'
import { planFlow } from '../src/engine/plan.ts'
import { runSteps } from '../src/engine/run-steps.ts'
import { json } from '../src/message/codec/json.ts'
import { rounds, table } from './support/harness.ts'

// Pure steps (parse, check, clean, map, check): a flow's planned steps against the same functions called in a plain
// loop. What is missing to 1 is the price of steps as data: of naming the step that fails and of being ready to wait.
const count = 20_000

const Line = Type.Object({ no: Type.Integer(), sku: Type.String(), qty: Type.Number(), price: Type.Number() })
const ShopOrder = model('ShopOrder', {
  version: 1,
  key: 'orderId',
  schema: Type.Object({
    orderId: Type.String({ minLength: 1 }),
    customer: Type.String(),
    currency: Type.String(),
    weight: Type.String(),
    lines: Type.Array(Line, { minItems: 1 }),
  }),
})
const Order = model('Order', {
  version: 1,
  key: 'orderId',
  schema: Type.Object({
    orderId: Type.String(),
    customer: Type.String(),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    weight: Type.String(),
    lines: Type.Array(Type.Intersect([Line, Type.Object({ amount: Type.Number() })])),
    total: Type.Number(),
  }),
})
type ShopOrderData = ReturnType<typeof sampleOrder>
type Amounts = { amount: number }[]

const codec = json()
const weigh = decimal({ scale: 3 })
const amounts = (order: ShopOrderData) =>
  order.lines.map(line => ({ ...line, amount: Math.round(line.qty * line.price * 100) / 100 }))
const totalOf = (lines: Amounts) => Math.round(lines.reduce((sum, { amount }) => sum + amount, 0) * 100) / 100

const channel = { system: 'shop', options: undefined }
const posted: SourceChannel<ShopOrderData> = { ...channel, role: 'source', name: 'posted', model: ShopOrder }
const orders = flow('orders')
  .from(posted)
  .clean({ customer: [trim], currency: [trim, upperCase], weight: weigh })
  .map(Order, {
    orderId: order => order.orderId,
    customer: order => order.customer,
    currency: order => order.currency,
    weight: order => order.weight,
    lines: amounts,
    total: order => totalOf(amounts(order)),
  })
const { steps } = planFlow(orders)
const bodies = Array.from({ length: count }, (_, n) => codec.encode(sampleOrder(n)))

const [planned, plain] = await rounds(
  [
    { name: 'isthmus', run: throughFlow },
    { name: 'plain loop', run: throughLoop },
  ],
  9,
)
if (planned && plain) {
  const row = {
    'isthmus /s': planned.perSecond,
    'plain loop /s': plain.perSecond,
    ratio: planned.perSecond / plain.perSecond,
    'cpu us': planned.cpuMicroseconds,
    'cpu us plain': plain.cpuMicroseconds,
  }
  console.log(process.argv.includes('--json') ? JSON.stringify(row) : table([row]))
}

async function throughFlow(): Promise<number> {
  const run = { effect: () => Promise.reject(new Error('there is no effect')) }
  let total = 0
  for (const body of bodies)
    total += ((await runSteps(steps, codec.decode(body), run)) as { total: number }).total
  return total > 0 ? count : 0
}

async function throughLoop(): Promise<number> {
  let total = 0
  for (const body of bodies) total += await one(body)
  return total > 0 ? count : 0
}

/** Asynchronous as every hand-written handler is that may have to wait. */
async function one(body: Uint8Array): Promise<number> {
  const given = codec.decode(body)
  const checked = ShopOrder.validate(given)
  if (!checked.ok) throw new Error('not an order')
  const order = checked.data
  const clean = {
    ...order,
    customer: trim(order.customer),
    currency: upperCase(trim(order.currency)),
    weight: weigh(order.weight),
  }
  const mapped = {
    orderId: clean.orderId,
    customer: clean.customer,
    currency: clean.currency,
    weight: clean.weight,
    lines: amounts(clean),
    total: totalOf(amounts(clean)),
  }
  const result = Order.validate(mapped)
  if (!result.ok) throw new Error('badly mapped')
  return mapped.total
}

function sampleOrder(n: number) {
  return {
    orderId: `SO-${n}`,
    customer: ' Hangzhou Gear Works ',
    currency: 'cny',
    weight: '1,250.5',
    lines: Array.from({ length: 5 }, (_, line) => ({
      no: line + 1,
      sku: `SKU-${line}`,
      qty: line + 1,
      price: 19.99,
    })),
  }
}
