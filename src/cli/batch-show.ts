import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { printBatch } from './shared/batch-text.ts'
import { command } from './shared/command.ts'
import { safe } from './shared/terminal.ts'

export const batchShowCommand = command({
  name: 'batch show',
  parameters: '[BATCH]',
  summary: 'show how a batch stands, or those under way and the last ones',
  options: placeOptions,
  async run({ values, positionals: [id], terminal, environment }) {
    const { operations, close } = await openAccess(values, environment)
    const { batches } = operations
    const found = await (id === undefined ? batches.list() : batches.show(id).then(one => [one])).finally(
      close,
    )
    if (values.json) terminal.json(id === undefined ? found : found[0])
    else if (found.length === 0) terminal.line(safe('There is no batch.'))
    else for (const batch of found) printBatch(batch, terminal)
    return exitCodes.ok
  },
})
