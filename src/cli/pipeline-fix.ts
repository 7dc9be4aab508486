import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { type Command, command, usage } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { personOf } from './shared/pipeline-text.ts'
import { readData } from './shared/read-data.ts'
import { plural } from './shared/terminal.ts'

export const pipelineFixCommand: Command = command({
  name: 'pipeline fix',
  parameters: 'PIPELINE ID [ID...]',
  summary: 'mend a row that was set aside, or give rows up, or take that back',
  options: {
    file: {
      value: 'FILE',
      short: 'f',
      help: 'the row as it should have come, as JSON; - reads it from standard input',
    },
    discard: { help: 'give the rows up' },
    restore: { help: 'take back what was decided about them' },
    ...whoOptions,
    ...placeOptions,
  },
  more: 'Mended rows are loaded by: isthmus pipeline repair PIPELINE KEY TABLE',
  async run({ values, positionals, terminal, environment }) {
    const [pipeline, ...ids] = positionals
    if (!pipeline || ids.length === 0) throw usage(pipelineFixCommand, 'Say which rows: PIPELINE ID')
    const chosen = [values.file, values.discard, values.restore].filter(each => each !== undefined)
    if (chosen.length !== 1)
      throw usage(pipelineFixCommand, 'Say one of --file FILE, --discard and --restore')
    const what = values.discard ? 'discard' : values.restore ? 'restore' : 'fix'
    const data = values.file === undefined ? undefined : readData(values.file)
    const person = personOf(pipelineFixCommand, values)
    const { operations, close } = await openAccess(values, environment)
    try {
      const done = await operations.pipelines.decideRows(pipeline, { do: what, ids, data, ...person })
      const words = { fix: 'mended', discard: 'given up', restore: 'set aside as before' }
      if (values.json) terminal.json(done)
      else terminal.line(`${terminal.colour.green('✔')} ${plural(done.done, 'row')} ${words[what]}`)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})
