import { exitCodes } from '../server/exit-code.ts'
import type { PipelineList } from '../server/operations/pipelines/pipeline-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { runBadge } from './shared/pipeline-text.ts'
import { age, count, safe, type Terminal, table } from './shared/terminal.ts'

export const pipelineListCommand = command({
  name: 'pipeline list',
  parameters: '',
  summary: 'list pipelines with their last runs',
  options: placeOptions,
  async run({ values, terminal, environment }) {
    const { operations, close } = await openAccess(values, environment)
    try {
      const found = await operations.pipelines.list()
      if (values.json) terminal.json(found)
      else print(found, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print({ pipelines }: PipelineList, terminal: Terminal): void {
  const { dim, red } = terminal.colour
  if (pipelines.length === 0) return void terminal.line('The landscape has no pipeline.')
  const now = Date.now()
  const rows = pipelines.map(({ pipeline, schedule = 'by hand', last, lastPublished, next, failed }) => [
    safe(pipeline),
    safe(schedule),
    last ? runBadge(last, terminal) : dim('never run'),
    lastPublished ? `${age(now - lastPublished.until)} ago` : '',
    lastPublished ? count(lastPublished.parked) : '',
    failed.length > 0 ? red(count(failed.length)) : '',
    next === undefined ? '' : `in ${age(next - now)}`,
  ])
  const titles = ['PIPELINE', 'SCHEDULE', 'LAST RUN', 'DATA UNTIL', 'SET ASIDE', 'FAILED', 'NEXT']
  terminal.line(
    table(
      terminal,
      titles.map((title, n) => ({ title, right: n > 2 && n < 6 })),
      rows,
    ),
  )
  terminal.line()
  terminal.line(dim('  isthmus pipeline show PIPELINE'))
}
