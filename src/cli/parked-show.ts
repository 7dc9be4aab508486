import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { fetchMessage, messageNamed } from './shared/parked-filter.ts'
import { traceText } from './shared/trace-text.ts'

export const parkedShowCommand = command({
  name: 'parked show',
  parameters: 'FLOW/NUMBER',
  summary: 'show one message, and what can be done about it',
  options: { ...placeOptions, 'show-pii': { help: 'do not mask personal data' } },
  async run({ values, positionals, terminal, environment }) {
    const [text = ''] = positionals
    const name = messageNamed(text)
    const { operations, close } = await openAccess(values, environment)
    const message = await fetchMessage(operations, name, values['show-pii'] === true)
    await close()
    if (values.json) terminal.json(message)
    else {
      terminal.line(traceText(message, terminal))
      const { dim } = terminal.colour
      for (const [action, what] of choices(message.state))
        terminal.line(`  ${dim('›')} isthmus parked ${action} ${text}  ${dim(what)}`)
    }
    return exitCodes.ok
  },
})

function choices(state: string): readonly (readonly [action: string, what: string])[] {
  if (state !== 'parked' && state !== 'doubt') return []
  const always = [
    ['edit', 'runs it again with other data'],
    ['discard', 'ends it; needs --why'],
  ] as const
  if (state === 'parked') return [['retry', 'runs it again, when the cause is gone'], ...always]
  return [
    ['retry', 'it did not happen: send it again'],
    ['confirm', 'it did happen: go on behind it'],
    ...always,
  ]
}
