import { exitCodes } from '../server/exit-code.ts'
import { messageName } from '../server/operations/operations.ts'
import type { ParkedPage } from '../server/operations/schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { filterOf, filterOptions } from './shared/parked-filter.ts'
import { age, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const parkedListCommand = command({
  name: 'parked list',
  parameters: '',
  summary: 'list messages that wait for a decision',
  options: {
    ...filterOptions,
    limit: { value: 'COUNT', help: 'at most so many; 50 if not given' },
    after: { value: 'FLOW/NUMBER', help: 'those after this one' },
    'show-pii': { help: 'do not mask personal data' },
    ...placeOptions,
  },
  async run({ values, terminal, environment }) {
    const limit = Number(values.limit ?? 50)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw usage(parkedListCommand, '--limit is a number from 1 to 1000')
    const { operations, close } = await openAccess(values, environment)
    const query = { ...filterOf(values), limit, after: values.after, showPii: values['show-pii'] }
    const page = await operations.parked(query)
    await close()
    if (values.json) terminal.json(page)
    else print(page, terminal)
    return exitCodes.ok
  },
})

function print({ messages, next }: ParkedPage, terminal: Terminal): void {
  const { dim, green, red, yellow } = terminal.colour
  if (messages.length === 0) {
    terminal.line(`${green('✔')} No message waits for a decision.`)
    return
  }
  const rows = messages.map(({ key, since, step = '', code, reason, status, ...name }) => {
    const doubt = status === 'doubt' ? `${yellow('in doubt:')} ` : ''
    return [messageName(name), safe(key), age(Date.now() - since), step, red(code), doubt + safe(reason)]
  })
  const titles = ['MESSAGE', 'KEY', 'AGE', 'STEP', 'CODE', 'REASON']
  terminal.line(
    table(
      terminal,
      titles.map(title => ({ title, right: title === 'AGE' })),
      rows,
    ),
  )
  terminal.line()
  const more = next === undefined ? '' : `, and more: --after ${next}`
  const commands = 'isthmus parked show FLOW/NUMBER, then retry, edit, confirm or discard'
  terminal.line(`  ${plural(messages.length, 'message')}${more}  ${dim(commands)}`)
}
