// With what the saga is drilled: an order that needs a clerk and is short of stock meets every step.
// npx isthmus drill order-to-cash --landscape examples/factory --with examples/factory/order-to-cash/drill.ts
export const drill = {
  input: {
    number: 'SO-000001',
    customer: 'C1001',
    product: 'PUMP-80',
    pieces: 30,
    amount: '37515.00',
    shipTo: 'Wuxi',
  },
  answers: {
    'erp.reserve-stock': () => ({ reserved: 20, short: 10 }),
    'finance.credit': () => ({ Decision: 'blocked', Limit: '30000.00' }),
  },
  events: {
    'production-finished': ({ number, product }: { number: string; product: string }) => ({
      ...{ eventId: `finished-${number}`, order: number, product, pieces: 25 },
    }),
  },
}
