import { exitCodes } from '../server/exit-code.ts'
import { type Operations, parseMessageName } from '../server/operations/operations.ts'
import type { TracedMessage } from '../server/operations/schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { plural, safe } from './shared/terminal.ts'
import { traceText } from './shared/trace-text.ts'

const most = 50

export const traceCommand = command({
  name: 'trace',
  parameters: 'KEY',
  summary: 'show everything that happened to a business key, hop by hop',
  options: {
    ...placeOptions,
    'show-pii': { help: 'do not mask personal data' },
  },
  more:
    'KEY is the business key of messages, the name that a source gave one (for seven days), its id, or FLOW/NUMBER.\n' +
    'What a step made of the data is computed anew from the journal and the recorded answers; no system is called.',
  async run({ values, positionals, terminal, environment }) {
    const [key = ''] = positionals
    const { operations, close } = await openAccess(values, environment)
    const messages = await search(operations, key, values['show-pii'] === true)
    await close()
    if (values.json) terminal.json({ key, messages })
    else if (messages.length === 0) terminal.line(`There is no message with the key "${safe(key)}".`)
    else {
      terminal.line(messages.map(message => traceText(message, terminal)).join('\n\n'))
      if (messages.length === most)
        terminal.line(`\nOnly the first ${plural(most, 'message')} of the key are shown.`)
    }
    return messages.length > 0 ? exitCodes.ok : exitCodes.failed
  },
})

async function search(operations: Operations, key: string, showPii: boolean): Promise<TracedMessage[]> {
  const options = { showPii, limit: most }
  const found = await operations.messages({ key, ...options })
  if (found.length > 0) return found
  const name = parseMessageName(key)
  if (name) return operations.messages({ ...name, ...options })
  return /^[0-9a-f-]{36}$/.test(key) ? operations.messages({ id: key, ...options }) : []
}
