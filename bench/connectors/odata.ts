import { idempotent, model, system, Type } from 'isthmus'
import { odata } from 'isthmus/odata'
import { Pool } from 'undici'
import { startCap } from '../../test/integration/odata-servers.ts'
import { comparedCalls } from './calls.ts'
import { type Comparison, sideBySide } from './comparison.ts'
import { order } from './orders.ts'
import { comparedReading } from './reading.ts'

const Text = Type.String()
const schema = Type.Object({ no: Text, customer: Text, amount: Text, note: Text })
const PortalOrder = model('PortalOrder', { version: 1, schema })
type PortalOrder = { no: string; customer: string; amount: string; note: string }

const width = 8
const stored = 2_000

/** SAP CAP over SQLite, whose service is that of the tests. */
export const odataComparisons: readonly Comparison[] = [
  { connector: 'odata', role: 'sink', library: 'undici', open: upsert },
  { connector: 'odata entities', role: 'source', library: 'undici', open: entities },
]

function portalOrder(): PortalOrder {
  const { no, customer, amount, note } = order()
  return { no, customer, amount, note }
}

async function opened() {
  const server = await startCap()
  const { origin, pathname } = new URL(server.url)
  const pool = new Pool(origin, { connections: width })
  const target = system('portal', {
    kind: 'erp',
    allow: ['loopback'],
    connector: odata({ url: server.url, version: 'V4' }),
  })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const ask = async (method: 'GET' | 'PUT', path: string, data?: object): Promise<unknown> => {
    const body = data && JSON.stringify(data)
    const answer = await pool.request({ method, path: `${pathname}/${path}`, headers, ...(body && { body }) })
    const text = await answer.body.text()
    if (answer.statusCode >= 400) throw new Error(`${path}: ${answer.statusCode} ${text}`)
    return JSON.parse(text)
  }
  const close = async () => {
    await pool.close()
    await server.close()
  }
  return { server, target, ask, close }
}

async function upsert() {
  const { target, ask, close } = await opened()
  return comparedCalls({
    target,
    channel: target.upsert('orders', PortalOrder, { set: 'Orders', effect: idempotent, method: 'PUT' }),
    make: portalOrder,
    count: 400,
    send: records =>
      sideBySide(width, records, ({ amount, ...each }) =>
        ask('PUT', `Orders('${each.no}')`, { ...each, amount: Number(amount) }),
      ),
    close,
  })
}

/** By keyset, as the connector reads it. */
async function entities() {
  const { server, target, ask, close } = await opened()
  for (let n = 0; n < stored; n += 500) {
    const records = Array.from({ length: 500 }, (_, m) => ({ n: n + m, text: portalOrder().note }))
    await server.send('POST', 'fill', { records })
  }
  const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Text }) })
  return comparedReading({
    target,
    channel: target.entities('rows', Row, { set: 'Changes', every: '1h' }) as never,
    count: stored,
    async read(onPage) {
      for (let last = -1; ; ) {
        const query = `$select=n,text&$orderby=n&$top=500&$filter=${encodeURIComponent(`n gt ${last}`)}`
        const { value } = (await ask('GET', `Changes?${query}`)) as { value: { n: number }[] }
        if (value.length > 0) onPage(value)
        last = value.at(-1)?.n ?? last
        if (value.length < 500) return
      }
    },
    close,
  })
}
