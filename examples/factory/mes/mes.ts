import { type Call, jsonReply, type Reply } from '../simulated/service.ts'
import type { MesDatabase } from './database.ts'
import { materials, workOrders } from './master-data.ts'

/** The business interface of the MES: JSON over HTTP, to read from. */
export function mesInterface(db: MesDatabase): (call: Call) => Reply {
  return ({ what, query }) => {
    if (what === 'GET /work-orders') return jsonReply(200, { workOrders })
    if (what === 'GET /materials')
      return jsonReply(200, { materials: materials.map(({ code, units }) => ({ code, units })) })
    if (what === 'GET /consumptions')
      return jsonReply(200, { consumptions: db.since(Number(query.get('since') ?? 0)) })
    return jsonReply(404, { error: `There is no ${what} here.` })
  }
}
