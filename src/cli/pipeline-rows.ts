import { exitCodes } from '../server/exit-code.ts'
import type { RowPage, RowsQuery } from '../server/operations/pipelines/pipeline-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { type Command, command, usage } from './shared/command.ts'
import { count, safe, type Terminal, table } from './shared/terminal.ts'

const states = ['parked', 'fixed', 'repairing', 'repaired', 'discarded']

export const pipelineRowsCommand: Command = command({
  name: 'pipeline rows',
  parameters: 'PIPELINE [TABLE]',
  summary: 'list the rows that were set aside, by cause',
  options: {
    run: { value: 'KEY', help: 'only those of this run' },
    state: { value: 'STATE', help: `only ${states.join(', ')}` },
    after: { value: 'ID', help: 'those behind this one' },
    limit: { value: 'COUNT', help: 'at most so many; 20 if not given' },
    'show-pii': { help: 'do not mask personal data' },
    ...placeOptions,
  },
  async run({ values, positionals, terminal, environment }) {
    const [pipeline, tableName] = positionals
    if (!pipeline) throw usage(pipelineRowsCommand, 'Say which pipeline')
    if (values.state !== undefined && !states.includes(values.state))
      throw usage(pipelineRowsCommand, `--state is one of ${states.join(', ')}`)
    const limit = Number(values.limit ?? 20)
    if (!Number.isInteger(limit) || limit < 1 || limit > 500)
      throw usage(pipelineRowsCommand, '--limit is a number from 1 to 500')
    const state = values.state as RowsQuery['state']
    const { operations, close } = await openAccess(values, environment)
    try {
      const { run, after } = values
      const showPii = values['show-pii']
      const query = { table: tableName, run, state, after, limit, showPii }
      const page = await operations.pipelines.rows(pipeline, query)
      if (values.json) terminal.json(page)
      else print(page, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print({ rows, counts }: RowPage, terminal: Terminal): void {
  const { dim, green } = terminal.colour
  if (rows.length === 0) return void terminal.line(`${green('✔')} No row is set aside.`)
  const causes = counts.map(each => [
    safe(each.table),
    each.state,
    count(each.rows),
    each.code,
    safe(each.reason),
  ])
  const titles = ['TABLE', 'STATE', 'ROWS', 'CODE', 'REASON']
  terminal.line(
    table(
      terminal,
      titles.map(title => ({ title, right: title === 'ROWS' })),
      causes,
    ),
  )
  terminal.line()
  for (const row of rows) {
    terminal.line(`  ${safe(row.id)}  ${row.state}  ${safe(row.reason)}`)
    terminal.line(dim(`      ${safe(JSON.stringify(row.fixed ?? row.data))}`))
  }
}
