// ERP → two warehouses: pieces leave the one and arrive at the other, in both databases or in none.
import { flow, model, secret, system, Type, transaction } from 'isthmus'
import { sql, sqlText } from 'isthmus/sql'
import { erpDatabase } from '../systems.ts'

/** The ERP's table of what its planners want to have moved. */
const TransferOrder = model('TransferOrder', {
  version: 1,
  key: 'number',
  schema: Type.Object({
    no: Type.Integer(),
    number: Type.String(),
    article: Type.String(),
    pieces: Type.Integer({ minimum: 1 }),
    origin: Type.Enum(['north', 'south']),
  }),
})

/** What a warehouse books: pieces that arrive, or below zero those that leave. */
const Booking = model('Booking', {
  version: 1,
  key: 'transfer',
  schema: Type.Object({ transfer: Type.String(), article: Type.String(), pieces: Type.Integer() }),
})

const transferOrders = erpDatabase.changes('transfer-orders', TransferOrder, {
  table: 'transfer_orders',
  cursor: { time: 'ordered_at', key: 'no' },
  every: '1s',
})

const north = warehouse('north', 'NORTH_URL')
const south = warehouse('south', 'SOUTH_URL')

function warehouse(name: string, url: string) {
  const database = system(`warehouse-${name}`, { kind: 'wms', connector: sql({ url: secret(url) }) })
  const bookings = database.statement('bookings', Booking, {
    sql: ({ transfer, article, pieces }) => [
      sqlText`insert into movements (transfer, article, pieces) values (${transfer}, ${article}, ${pieces})`,
      // What would leave less than nothing is refused by the table.
      sqlText`update stock set pieces = pieces + ${pieces} where article = ${article}`,
    ],
  })
  return { database, bookings }
}

const stockTransfer = transaction('stock-transfer', TransferOrder)
  .write(north.bookings, order => booking(order, order.origin === 'north'))
  .write(south.bookings, order => booking(order, order.origin === 'south'))

function booking(
  { number, article, pieces }: { number: string; article: string; pieces: number },
  leaves: boolean,
) {
  return { transfer: number, article, pieces: leaves ? -pieces : pieces }
}

const stockTransfers = flow('stock-transfers')
  .from(transferOrders)
  // One after the other for each article: they would wait for its rows anyway. One that is refused holds back no other.
  .key(order => order.article, { afterPark: 'continue' })
  .to(stockTransfer)

export const transferFlows = [stockTransfers]
export const warehouses = [north.database, south.database]
