import { exitCodes } from '../server/exit-code.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { printRun, runColumns, runRow } from './shared/pipeline-text.ts'
import { safe, table } from './shared/terminal.ts'

export const pipelineShowCommand = command({
  name: 'pipeline show',
  parameters: 'PIPELINE [KEY]',
  summary: 'show the runs of a pipeline, or one run with its tasks and checks',
  options: { limit: { value: 'COUNT', help: 'at most so many runs; 20 if not given' }, ...placeOptions },
  more: 'KEY is the end of the period, as it is listed; "last" is the newest run.',
  async run({ values, positionals, terminal, environment }) {
    const [pipeline, wanted] = positionals
    if (!pipeline) throw usage(pipelineShowCommand, 'Say which pipeline')
    const limit = Number(values.limit ?? 20)
    if (!Number.isInteger(limit) || limit < 1 || limit > 2000)
      throw usage(pipelineShowCommand, '--limit is a number from 1 to 2000')
    const { operations, close } = await openAccess(values, environment)
    try {
      if (wanted === undefined) {
        const { runs } = await operations.pipelines.runs(pipeline, { limit })
        if (values.json) terminal.json({ runs })
        else if (runs.length === 0) terminal.line(`${safe(pipeline)} has never run.`)
        else
          terminal.line(
            table(
              terminal,
              runColumns,
              runs.map(run => runRow(run, terminal)),
            ),
          )
        return exitCodes.ok
      }
      const key =
        wanted === 'last' ? (await operations.pipelines.runs(pipeline, { limit: 1 })).runs[0]?.key : wanted
      const detail = key && (await operations.pipelines.run(pipeline, key))
      if (!detail) throw usage(pipelineShowCommand, `${pipeline} has no run ${wanted}`)
      if (values.json) terminal.json(detail)
      else printRun(detail, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})
