// Simulated business partners, customers who order by EDI and a supplier with a price list on the web:
// node examples/factory/partners/main.ts --port 4807 --data partners.db --orders FOLDER
import { parseArgs } from 'node:util'
import { Pace } from '../simulated/pace.ts'
import { announce } from '../simulated/program.ts'
import { startService } from '../simulated/service.ts'
import { PartnersDatabase } from './database.ts'
import { order, send } from './ordering.ts'
import { PriceSite, reprice } from './price-site.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4807' },
    data: { type: 'string', default: 'partners.db' },
    /** Folder for orders. */
    orders: { type: 'string', default: '.' },
    /** Orders and changes of prices per second. */
    rate: { type: 'string', default: '1' },
  },
})
const db = new PartnersDatabase(values.data)
const site = new PriceSite(db)
const service = await startService(Number(values.port), {
  business: site.answer,
  figures: () => ({
    orders: db.orderCount,
    damaged: db.damagedCount,
    priceChanges: db.priceChanges,
  }),
  truth: () => ({ orders: db.orders(), prices: db.prices() }),
  control: call => pace.control(call) ?? site.control(call),
})
// A killed program may have left an order behind.
for (const unsent of db.unsent()) send(db, values.orders, unsent)
const pace = new Pace(Number(values.rate), () => {
  send(db, values.orders, order(db))
  reprice(db)
})
announce('Partners', service.port)
