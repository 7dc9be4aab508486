import { type Call, jsonReply, type Reply } from '../simulated/service.ts'
import type { MesDatabase, MesOperator } from './database.ts'
import { materials, operators, workOrders } from './master-data.ts'

/** The business interface of the MES: JSON over HTTP. */
export function mesInterface(db: MesDatabase): (call: Call) => Reply {
  return ({ what, query, body }) => {
    if (what === 'GET /work-orders') return jsonReply(200, { workOrders })
    if (what === 'GET /materials')
      return jsonReply(200, { materials: materials.map(({ code, units }) => ({ code, units })) })
    if (what === 'GET /consumptions')
      return jsonReply(200, { consumptions: db.since(Number(query.get('since') ?? 0)) })
    if (what === 'GET /production-reports') return reports(db, query)
    if (what === 'GET /operators') return jsonReply(200, { operators: db.operators() })
    const operator = /^PUT \/operators\/([^/]+)$/.exec(what)
    if (operator) return putOperator(db, decodeURIComponent(operator[1] as string), body)
    const order = /^PUT \/production-orders\/([^/]+?)(\/cancellation)?$/.exec(what)
    if (order) return production(db, decodeURIComponent(order[1] as string), order[2] !== undefined, body)
    return jsonReply(404, { error: `There is no ${what} here.` })
  }
}

/** Consumptions behind a number, with the personnel number of who reported them. */
function reports(db: MesDatabase, query: URLSearchParams): Reply {
  const numberOf = new Map(operators.map(({ number, name }) => [name, number]))
  const found = db.since(Number(query.get('after') ?? 0), Number(query.get('limit') ?? 1000))
  return jsonReply(200, {
    reports: found.map(report => ({
      ...report,
      qty: String(report.qty),
      operatorNumber: numberOf.get(report.operator) ?? '',
    })),
  })
}

function putOperator(db: MesDatabase, number: string, body: string): Reply {
  const { name, team, active } = JSON.parse(body) as Partial<MesOperator>
  if (!name || !team || active === undefined)
    return jsonReply(422, { error: 'An operator has a name and a team, and is active or not.' })
  const operator = { number, name, team, active }
  db.putOperator(operator)
  return jsonReply(200, operator)
}

/** An order of a name is one order, however often it is put. */
function production(db: MesDatabase, order: string, isCancelled: boolean, body: string): Reply {
  if (isCancelled) return jsonReply(200, db.production.cancel(order))
  const { product, pieces } = JSON.parse(body) as { product?: string; pieces?: number }
  if (!product || !pieces) return jsonReply(422, { error: 'A production order has a product and pieces.' })
  const put = db.production.put(order, product, pieces)
  if (put.state !== 'cancelled') return jsonReply(200, put)
  return jsonReply(422, { error: `Production order ${order} was cancelled.` })
}
