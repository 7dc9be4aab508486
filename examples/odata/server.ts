import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type OdataServer, startCap, startV2 } from '../../test/integration/odata-servers.ts'

// A little S/4 by OData V2 and a portal by V4, for examples/odata. It prints the orders that arrive at the portal.
const [s4, portal] = await Promise.all([startV2(), startCap()])
forward(8090, s4)
forward(8091, portal)

const order = { OrderNo: '4500017', Amount: '12.50', Day: '/Date(1777852800000)/' }
await s4.send('POST', 'Orders?sap-client=100', order)
console.log('S/4 has the order', order.OrderNo)

for (const seen = new Set<unknown>(); ; await delay(500)) {
  const { value } = (await portal.send('GET', 'Orders')) as { value: { no: string }[] }
  for (const each of value.filter(({ no }) => !seen.has(no))) {
    seen.add(each.no)
    console.log('the portal has', JSON.stringify(each))
  }
}

/** Both servers choose a port of their own; the example knows these. */
function forward(port: number, { url }: OdataServer): void {
  const there = Number(new URL(url).port)
  const server = createServer(client => {
    const upstream = connect(there, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
    client.pipe(upstream).pipe(client)
  })
  server.listen(port, '127.0.0.1')
}
