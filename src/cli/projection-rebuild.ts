import { userInfo } from 'node:os'
import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { plural, safe } from './shared/terminal.ts'

export const projectionRebuildCommand = command({
  name: 'projection rebuild',
  parameters: 'PROJECTION',
  summary: 'make the rows of a projection anew from the events',
  options: { ...whoOptions, ...placeOptions },
  more: 'The old rows answer until the new ones are made.',
  async run({ values, positionals, terminal, environment }) {
    const [name = ''] = positionals
    const { operations, close } = await openAccess(values, environment, { decide: true })
    try {
      const order = { by: values.by ?? userInfo().username, why: values.why }
      const { rows } = await operations.rebuild(name, order)
      if (values.json) terminal.json({ projection: name, rows })
      else terminal.line(`${terminal.colour.green('✔')} ${safe(name)} has ${plural(rows, 'row')}`)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})
