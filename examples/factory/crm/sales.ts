import { pick } from '../simulated/random.ts'
import type { CrmDatabase, WonOrder } from './database.ts'

const people = ['wu.fang', 'zhou.jun', 'xu.ling']
const cities = ['上海', '苏州', 'Wuxi', 'Ningbo', 'Zürich', "Xi'an"]
const firsts = ['华东', '长江', 'Delta', 'Müller & Söhne', 'Pudong', '<Nord>']
const seconds = ['机械', 'Pumps', 'Maschinen', '汽车零件', 'Robotics']

/** Somebody of sales wins a customer, or learns that one has another name or has moved. */
export function sell(db: CrmDatabase): void {
  const count = db.count('customers')
  const name = `${pick(firsts)} ${pick(seconds)} ${Math.ceil(999 * Math.random())}`
  const isNew = count < 8 || Math.random() < 0.05
  const number = `C${1001 + (isNew ? count : Math.floor(count * Math.random()))}`
  const change = isNew
    ? { name, city: pick(cities) }
    : Math.random() < 0.5
      ? { name }
      : { city: pick(cities) }
  db.put({ number, ...change }, pick(people))
}

/** What the factory makes, and asks for a piece, CNY. */
export const products = [
  { code: 'PUMP-50', price: '480.00' },
  { code: 'PUMP-80', price: '1250.50' },
  { code: 'VALVE-20', price: '86.35' },
] as const

/** Orders with something to them, by their numbers; the others have it now and then. */
const special: Readonly<Record<number, Partial<WonOrder>>> = {
  2: { product: 'PUMP-80', price: '1250.50', pieces: 30 }, // needs a decision on credit
  4: { product: 'PUMP-80', price: '1250.50', pieces: 80 }, // gets none
  6: { shipTo: '' }, // is refused when it is to be sent
  8: { product: 'PUMP-X' }, // is refused at once
}

/** Somebody of sales wins an order. */
export function win(db: CrmDatabase): void {
  const n = db.count('orders') + 1
  const { code: product, price } = pick(products)
  const chance = Math.random()
  db.win({
    number: `SO-${String(n).padStart(6, '0')}`,
    customer: `C${1001 + Math.floor(8 * Math.random())}`,
    product: chance < 0.03 ? 'PUMP-X' : product,
    price,
    pieces: Math.ceil(40 * Math.random()),
    shipTo: chance > 0.96 ? '' : pick(cities),
    ...special[n],
  })
}
