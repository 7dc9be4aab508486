import { userInfo } from 'node:os'
import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'

export const retryCommand = command({
  name: 'retry',
  parameters: 'SYSTEM.CHANNEL',
  summary: 'let a source that has failed try again at once',
  options: { ...whoOptions, ...placeOptions },
  more:
    'A source that fails is tried again by itself: after 15 seconds at most, or each minute where somebody has to do\n' +
    'something first. Messages that wait for a decision are run again by: isthmus parked retry',
  async run({ values, positionals, terminal, environment }) {
    const [source = ''] = positionals
    const { operations, close } = await openAccess(values, environment)
    try {
      await operations.retry(source, { by: values.by ?? userInfo().username, why: values.why })
    } finally {
      await close()
    }
    if (values.json) terminal.json({ source })
    else
      terminal.line(`${terminal.colour.green('✔')} ${source} tries again; isthmus status tells how it stands`)
    return exitCodes.ok
  },
})
