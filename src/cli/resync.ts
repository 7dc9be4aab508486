import { userInfo } from 'node:os'
import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { agreed, whoOptions } from './shared/decision-command.ts'

export const resyncCommand = command({
  name: 'resync',
  parameters: 'SYSTEM.CHANNEL',
  summary: 'let a source begin anew, where its place is lost',
  options: { ...whoOptions, yes: { short: 'y', help: 'do not ask' }, ...placeOptions },
  more:
    'The place that was kept of the source is forgotten, and it delivers again what it has. What was accepted in the\n' +
    'last seven days is a duplicate and does no harm; what is older is accepted anew.',
  async run({ values, positionals, terminal, environment }) {
    const [source = ''] = positionals
    const question = `${source} begins anew: what it has is delivered again. Go on?`
    if (!(await agreed(question, values.yes === true, terminal))) return exitCodes.failed
    const access = await openAccess(values, environment, { decide: true })
    try {
      await access.operations.resync(source, { by: values.by ?? userInfo().username, why: values.why })
    } finally {
      await access.close()
    }
    if (values.json) terminal.json({ source })
    else terminal.line(`${terminal.colour.green('✔')} ${source} begins anew`)
    return exitCodes.ok
  },
})
