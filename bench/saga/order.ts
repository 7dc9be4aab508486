import { model, Type } from 'isthmus'

export const Order = model('SagaOrder', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.String(),
    sku: Type.String(),
    pieces: Type.Integer(),
    amount: Type.String(),
    isRefused: Type.Boolean(),
  }),
})
export type Order = { no: string; sku: string; pieces: number; amount: string; isRefused: boolean }

export const Receipt = model('Receipt', {
  version: 1,
  schema: Type.Object({ id: Type.String(), no: Type.String() }),
})
export type Receipt = { id: string; no: string }

/** What one saga does: forward in this order, and what takes a step back. */
export const paths = ['/reserve', '/charge', '/ship', '/confirm'] as const
export const undoPaths = ['/release', '/refund', '/recall'] as const

/** What each step is sent. */
export function requestOf(path: string, { no, sku, pieces, amount, isRefused }: Order): object {
  return path === '/charge' || path === '/refund' ? { no, amount, isRefused } : { no, sku, pieces }
}

let made = 0

/** Never the same twice in a process. One in ten is refused when it is charged. */
export function makeOrder(): Order {
  const n = made++
  const [no, sku, amount] = [`O${process.pid}-${n}`, `bolt-${n % 89}`, `${n % 1000}.50`]
  return { no, sku, pieces: 1 + (n % 50), amount, isRefused: n % 10 === 3 }
}
