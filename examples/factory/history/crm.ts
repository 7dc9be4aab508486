import { CrmDatabase } from '../crm/database.ts'
import { products } from '../crm/sales.ts'
import { numbersOf } from '../simulated/random.ts'
import { inBulk } from './bulk.ts'
import { dayLength, type History, type PastDay } from './history.ts'

/** What became of an order. */
export type Fate = 'delivered' | 'taken back' | 'refused'

export interface PastOrder {
  readonly number: string
  readonly customer: string
  readonly product: string
  readonly pieces: number
  /** CNY for a piece, in cents. */
  readonly cents: number
  /** Milliseconds since 1970 UTC. */
  readonly wonAt: number
  readonly deliveredAt: number
  readonly fate: Fate
  readonly isMade: boolean
}

const cities = ['上海', '苏州', 'Wuxi', 'Ningbo']

/** Orders, and customers who have moved now and then. */
export function crmHistory(path: string, history: History, days: readonly PastDay[]): PastOrder[] {
  new CrmDatabase(path).close()
  const end = (days.at(-1)?.begin ?? 0) + dayLength
  const orders = days.flatMap((day, at) =>
    Array.from({ length: Math.round(history.orders * day.busy) }, (_, n) =>
      orderOf(history, day, at, n, end),
    ),
  )
  inBulk(path, db => {
    const order =
      db.prepare(`insert into orders (no, won_at, number, customer, product, pieces, price, ship_to)
      values (?, ?, ?, ?, ?, ?, ?, ?)`)
    for (const [at, { number, customer, product, pieces, cents, wonAt, fate }] of orders.entries()) {
      const price = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
      const shipTo = fate === 'taken back' ? '' : '上海'
      order.run(at + 1 - orders.length, wonAt, number, customer, product, pieces, price, shipTo)
    }
    const change = db.prepare(
      'insert into changes (no, changed_at, changed_by, customer) values (?, ?, ?, ?)',
    )
    // All are known since before the first day, and each moves every fifty days.
    const moves = days.flatMap(({ begin }, at) =>
      customers.flatMap((number, n) => (at === 0 || at % 50 === 6 * n ? [{ number, at, begin, n }] : [])),
    )
    for (const [at, { number, begin, n, at: day }] of moves.entries()) {
      const city = cities[(day + n) % cities.length]
      const customer = { number, name: `${firsts[n]} Pumps`, city, creditLimit: null, paymentDays: null }
      change.run(at + 1 - moves.length, begin, 'wu.fang', JSON.stringify(customer))
    }
  })
  return orders
}

const customers = Array.from({ length: 8 }, (_, n) => `C${1001 + n}`)
const firsts = ['华东', '长江', 'Delta', 'Pudong', 'Müller', 'Taihu', 'Nord', 'Yongjiang']

function orderOf({ seed }: History, day: PastDay, at: number, n: number, end: number): PastOrder {
  const random = numbersOf(`order ${seed} ${at} ${n}`)
  const { code, price } = products[Math.floor(random() ** 1.3 * products.length)] as (typeof products)[number]
  const chance = random()
  const fate = chance < 0.03 ? 'refused' : chance > 0.96 ? 'taken back' : 'delivered'
  const wonAt = Math.floor(day.begin + (8 + 10 * random()) * 3_600_000)
  return {
    number: `SH-${String(at + 1).padStart(3, '0')}-${String(n + 1).padStart(5, '0')}`,
    customer: customers[Math.floor(customers.length * random())] as string,
    product: fate === 'refused' ? 'PUMP-X' : code,
    pieces: Math.ceil(40 * random()),
    cents: Number(price.replace('.', '')),
    wonAt,
    deliveredAt: Math.min(Math.floor(wonAt + (1 + 3 * random()) * dayLength), end - 1),
    fate,
    isMade: random() < 0.3,
  }
}
