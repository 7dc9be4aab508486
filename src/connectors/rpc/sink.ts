import type { Sink } from '../../system/roles.ts'
import type { Probing } from './probing.ts'
import type { Procedure, ProcedureSettings } from './procedure.ts'

/** `write` never rejects. */
export function rpcSink(
  procedure: Procedure,
  options: ProcedureSettings,
  probing: Probing | undefined,
): Sink {
  const { batch = 1, concurrency = 8 } = options
  return {
    batch,
    concurrency,
    write: async (items, signal) => {
      const answers = await procedure.call(items, signal)
      return answers.map(answer => (answer.ok ? { ok: true } : answer))
    },
    ...(probing && {
      probe: async (item, signal) => ({ outcome: (await probing.probe(item, signal)).outcome }),
    }),
  }
}
