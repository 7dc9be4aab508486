import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { type Command, command, usage } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { follow, personOf, printRun, timeOf } from './shared/pipeline-text.ts'
import { safe } from './shared/terminal.ts'

export const pipelineRunCommand: Command = command({
  name: 'pipeline run',
  parameters: 'PIPELINE',
  summary: 'begin a run, or begin anew one that is over, and follow it',
  options: {
    until: { value: 'TIME', help: 'the planned time that ends the period; the last one if not given' },
    everything: { help: 'read everything, whatever was read before' },
    'no-wait': { help: 'do not wait for its end' },
    ...whoOptions,
    ...placeOptions,
  },
  more: 'Readers see nothing of a run before all its tables are built and its checks hold.',
  async run({ values, positionals, terminal, environment }) {
    const [pipeline] = positionals
    if (!pipeline) throw usage(pipelineRunCommand, 'Say which pipeline')
    const person = personOf(pipelineRunCommand, values)
    const until = values.until === undefined ? undefined : timeOf(pipelineRunCommand, '--until', values.until)
    const { operations, close } = await openAccess(values, environment)
    try {
      const everything = values.everything ? true : undefined
      const { key } = await operations.pipelines.order(pipeline, { ...person, until, everything })
      if (values['no-wait']) {
        if (values.json) terminal.json({ key })
        else terminal.line(`${terminal.colour.green('✔')} ${safe(pipeline)} ${safe(key)} has begun`)
        return exitCodes.ok
      }
      const detail = await follow(operations, pipeline, key, terminal)
      if (values.json) terminal.json(detail)
      else printRun(detail, terminal)
      return detail.run.status === 'published' ? exitCodes.ok : exitCodes.failed
    } finally {
      await close()
    }
  },
})
