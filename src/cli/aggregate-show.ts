import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { type AggregateDetail, aggregateDetail } from '../server/operations/aggregate-views.ts'
import { openStore, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { moment, safe, type Terminal } from './shared/terminal.ts'

export const aggregateShowCommand = command({
  name: 'aggregate show',
  parameters: 'AGGREGATE ID',
  summary: 'show what happened to an aggregate, what led to it, and what it is now',
  options: { ...placeOptions, 'show-pii': { help: 'do not mask personal data' } },
  async run({ values, positionals, terminal, environment }) {
    const [name = '', id = ''] = positionals
    const { reader, landscape, close } = await openStore(values, environment)
    try {
      const showPii = values['show-pii'] === true
      const found = await aggregateDetail(reader, landscape, { name, id, showPii })
      if (!found) throw new IsthmusError('CONTROL-REFUSED', `Nothing has happened to ${name} ${id}.`)
      if (values.json) terminal.json(found)
      else print(found, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print(found: AggregateDetail, terminal: Terminal): void {
  const { bold, dim, red } = terminal.colour
  terminal.line(bold(safe(`${found.aggregate} ${found.id}`)))
  for (const { version, type, at, command: by, cause, data, problem } of found.events) {
    const who = dim(`by ${safe(by)}, message ${safe(cause)}`)
    terminal.line(
      `  ${dim(moment(at))}  ${version}  ${bold(safe(type))}  ${safe(JSON.stringify(data))}  ${who}`,
    )
    if (problem !== undefined) terminal.line(`     ${red('✖')} ${safe(problem)}`)
  }
  if ('state' in found) terminal.line(`\n  ${dim('state')}  ${safe(JSON.stringify(found.state))}`)
  else terminal.line(`\n  ${red('✖')} There is no state while an event cannot be read.`)
}
