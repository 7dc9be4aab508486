import type { Sink } from '../../system/roles.ts'
import type { Procedure, ProcedureSettings } from './procedure.ts'

/** `write` never rejects. */
export function rpcSink(procedure: Procedure, options: ProcedureSettings): Sink {
  const { batch = 1, concurrency = 8 } = options
  return {
    batch,
    concurrency,
    write: async (items, signal) => {
      const answers = await procedure.call(items, signal)
      return answers.map(answer => (answer.ok ? { ok: true } : answer))
    },
  }
}
