import { userInfo } from 'node:os'
import { exitCodes } from '../../server/exit-code.ts'
import type { BatchDecision } from '../../server/operations/batches/batch-schemas.ts'
import { openAccess, placeOptions } from './access.ts'
import { printBatch } from './batch-text.ts'
import { type Command, command } from './command.ts'
import { whoOptions } from './decision-command.ts'

/** A command that lets a batch go on, pauses or aborts it. */
export function batchCommand(what: BatchDecision['do'], summary: string): Command {
  return command({
    name: `batch ${what}`,
    parameters: 'BATCH',
    summary,
    options: { ...whoOptions, ...placeOptions },
    async run({ values, positionals, terminal, environment }) {
      const { operations, close } = await openAccess(values, environment)
      const { why, by = userInfo().username } = values
      const decision = { do: what, ...(why !== undefined && { why }) }
      const batch = await operations.batches.decide(positionals[0] ?? '', decision, by).finally(close)
      if (values.json) terminal.json(batch)
      else printBatch(batch, terminal)
      return exitCodes.ok
    },
  })
}
