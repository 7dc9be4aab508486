import { pick } from '../simulated/random.ts'
import type { ErpDatabase } from './database.ts'
import { products } from './master-data.ts'

/** A planner wants pieces to be moved from one warehouse to the other. The fifth, and one in fifty, asks for too much. */
export function orderTransfer(db: ErpDatabase): void {
  const n = db.count('transfer_orders') + 1
  const isTooMuch = n === 5 || Math.random() < 0.02
  db.addTransfer({
    number: `TR-${String(n).padStart(6, '0')}`,
    article: pick(products).code,
    pieces: isTooMuch ? 1_000_000 : Math.ceil(50 * Math.random()),
    origin: pick(['north', 'south'] as const),
  })
}
