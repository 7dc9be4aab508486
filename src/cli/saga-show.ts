import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { sagaText } from './shared/saga-text.ts'

export const sagaShowCommand = command({
  name: 'saga show',
  parameters: 'SAGA KEY',
  summary: 'show what happened to a saga, what is known of each side, and what can be done',
  options: { ...placeOptions, 'show-pii': { help: 'do not mask personal data' } },
  more: 'What was sent is computed anew from the saga log; no system is called.',
  async run({ values, positionals, terminal, environment }) {
    const [saga = '', key = ''] = positionals
    const { operations, close } = await openAccess(values, environment)
    try {
      const found = await operations.sagas.show(saga, key, values['show-pii'] === true)
      if (!found) throw new IsthmusError('CONTROL-REFUSED', `There is no saga ${saga}/${key}.`)
      if (values.json) terminal.json(found)
      else terminal.line(sagaText(found, terminal))
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})
