import type { Requester } from '../../system/roles.ts'
import type { Probing } from './probing.ts'
import type { Procedure, ProcedureSettings } from './procedure.ts'

/** `ask` never rejects. */
export function rpcRequester(
  procedure: Procedure,
  options: ProcedureSettings,
  probing: Probing | undefined,
): Requester {
  const { batch = 1, concurrency = 8 } = options
  return {
    batch,
    concurrency,
    ask: (items, signal) => procedure.call(items, signal),
    ...(probing && { probe: (item, signal) => probing.probe(item, signal) }),
  }
}
