import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { type Command, command, usage } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { personOf, timeOf } from './shared/pipeline-text.ts'
import { safe } from './shared/terminal.ts'

export const pipelineBackfillCommand: Command = command({
  name: 'pipeline backfill',
  parameters: 'PIPELINE',
  summary: 'begin a run for every planned time of a range',
  options: {
    from: { value: 'TIME', help: 'runs whose periods end behind it' },
    until: { value: 'TIME', help: 'and no later than this; now if not given' },
    parallel: { value: 'COUNT', help: 'so many at a time; 1 if not given' },
    ...whoOptions,
    ...placeOptions,
  },
  more: 'Dates that have been published are made anew. A run of one date that is under way stays as it is.',
  async run({ values, positionals, terminal, environment }) {
    const [pipeline] = positionals
    if (!pipeline) throw usage(pipelineBackfillCommand, 'Say which pipeline')
    if (!values.from) throw usage(pipelineBackfillCommand, 'Say from when on: --from TIME')
    const from = timeOf(pipelineBackfillCommand, '--from', values.from)
    const until =
      values.until === undefined ? Date.now() : timeOf(pipelineBackfillCommand, '--until', values.until)
    const parallel = Number(values.parallel ?? 1)
    if (!Number.isInteger(parallel) || parallel < 1 || parallel > 32)
      throw usage(pipelineBackfillCommand, '--parallel is a number from 1 to 32')
    const person = personOf(pipelineBackfillCommand, values)
    const { operations, close } = await openAccess(values, environment)
    try {
      const { key } = await operations.pipelines.backfill(pipeline, { ...person, from, until, parallel })
      if (values.json) terminal.json({ key })
      else terminal.line(`${terminal.colour.green('✔')} ${safe(pipeline)}: backfill ${safe(key)} has begun`)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})
