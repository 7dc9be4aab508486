import { env, flow, landscape, system } from 'isthmus'
import * as b2mml from 'isthmus/b2mml'
import { document, files } from 'isthmus/files'
import { SalesOrder, WorkOrder } from 'isthmus/models'
import * as ubl from 'isthmus/ubl'

const shop = system('shop', { kind: 'crm', connector: files({ folder: env('SHOP', './shop') }) })
const ordered = shop.read('ordered', SalesOrder, {
  pattern: '*.xml',
  format: document(ubl.order()),
  every: '1s',
})

const mes = system('mes', { kind: 'mes', connector: files({ folder: env('MES', './mes') }) })
const released = mes.write('released', WorkOrder, {
  format: document(b2mml.workOrders({ units: { PCE: 'C62' } })), // the floor counts in pieces
  file: ({ workOrderNo }) => `${workOrderNo}.xml`,
})

/** Every line of an order is a work order for the floor. */
const planning = flow('planning')
  .from(ordered)
  .key(order => order.orderNo)
  .split('line', order => order.lines.map(line => ({ order, line })))
  .filter('is cancelled', ({ line }) => line.status !== 'Cancelled')
  .map(WorkOrder, {
    workOrderNo: ({ order, line }) => `${order.orderNo}-${line.lineNo}`,
    descriptions: ({ line }) => [line.item.name ?? line.item.descriptions?.[0] ?? line.lineNo],
    operations: () => 'Production' as const,
    state: () => 'Forecast' as const,
    end: ({ line, order }) => endOf(line.deliveries ?? order.deliveries),
    segments: ({ line }) => [
      {
        id: '10',
        processSegment: 'ASSEMBLY',
        definition: line.item.sellerItemNo ?? 'UNKNOWN',
        segment: '10',
        materials: [
          {
            lineNo: '1',
            material: line.item.sellerItemNo,
            use: 'Produced' as const,
            quantity: line.quantity, // the digits of the order, not a float
          },
        ],
      },
    ],
    schedule: ({ order }) => order.orderNo,
  })
  .to(released)

/** By when the customer wants it: the end of that day, in UTC. */
function endOf(deliveries: { requested?: { endDate?: string } }[] | undefined): string | undefined {
  const date = deliveries?.[0]?.requested?.endDate
  return date && `${date}T23:59:59Z`
}

export default landscape({ name: 'production-orders', systems: [shop, mes], flows: [planning] })
