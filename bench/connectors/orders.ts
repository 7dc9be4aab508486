import { model, Type } from 'isthmus'

const Text = Type.String()

/** About 200 bytes as JSON. */
export const Order = model('Order', {
  version: 1,
  schema: Type.Object({
    no: Text,
    customer: Text,
    sku: Text,
    qty: Type.Integer(),
    amount: Text,
    note: Text,
  }),
})
export type Order = { no: string; customer: string; sku: string; qty: number; amount: string; note: string }

export const Receipt = model('Receipt', { version: 1, schema: Type.Object({ no: Text, state: Text }) })
export type Receipt = { no: string; state: string }

const note = 'Deliver to the back door, and ring twice; the front one is kept for visitors. '.padEnd(100, '.')
let made = 0

/** Never the same twice in a process. */
export function order(): Order {
  const n = made++
  const no = `O${process.pid}-${n}`
  return { no, customer: `C${n % 997}`, sku: `bolt-${n % 89}`, qty: n % 50, amount: `${n % 1000}.50`, note }
}
