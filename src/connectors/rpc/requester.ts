import type { Requester } from '../../system/roles.ts'
import type { Procedure, ProcedureSettings } from './procedure.ts'

/** `ask` never rejects. */
export function rpcRequester(procedure: Procedure, options: ProcedureSettings): Requester {
  const { batch = 1, concurrency = 8 } = options
  return { batch, concurrency, ask: (items, signal) => procedure.call(items, signal) }
}
