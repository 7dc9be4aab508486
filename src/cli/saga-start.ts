import { userInfo } from 'node:os'
import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { readData } from './shared/read-data.ts'
import { safe } from './shared/terminal.ts'

export const sagaStartCommand = command({
  name: 'saga start',
  parameters: 'SAGA',
  summary: 'start a saga by hand',
  options: {
    file: { value: 'FILE', short: 'f', help: 'what it starts with, as JSON; - reads standard input' },
    id: { value: 'ID', help: 'the same again is the same saga; made if not given' },
    by: { value: 'NAME', help: 'who starts it; you if not given' },
    ...placeOptions,
  },
  more: 'Data that do not fit the model are refused, and so is a second saga of the same key.',
  async run({ values, positionals, terminal, environment }) {
    const [saga = ''] = positionals
    if (values.file === undefined) throw usage(sagaStartCommand, '--file FILE is missing')
    const data = readData(values.file)
    const { operations, close } = await openAccess(values, environment)
    try {
      const by = values.by ?? userInfo().username
      const started = await operations.sagas.start(saga, { data, id: values.id, by })
      if (values.json) terminal.json(started)
      else terminal.line(`${terminal.colour.green('✔')} ${safe(`${saga}/${started.key}`)} has begun`)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})
