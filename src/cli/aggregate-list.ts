import { exitCodes } from '../server/exit-code.ts'
import { type AggregatePage, aggregatePage } from '../server/operations/aggregate-views.ts'
import { openStore, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { age, count, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const aggregateListCommand = command({
  name: 'aggregate list',
  parameters: 'AGGREGATE',
  summary: 'list the aggregates of a sort',
  options: {
    limit: { value: 'COUNT', help: 'at most so many; 50 if not given' },
    after: { value: 'ID', help: 'those after this one' },
    ...placeOptions,
  },
  async run({ values, positionals, terminal, environment }) {
    const limit = Number(values.limit ?? 50)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw usage(aggregateListCommand, '--limit is a number from 1 to 1000')
    const [name = ''] = positionals
    const { reader, landscape, close } = await openStore(values, environment)
    try {
      const page = await aggregatePage(reader, landscape, { name, limit, after: values.after })
      if (values.json) terminal.json(page)
      else print(name, page, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print(name: string, { aggregates, next }: AggregatePage, terminal: Terminal): void {
  if (aggregates.length === 0) {
    terminal.line(`  Nothing has happened to any ${name} yet.`)
    return
  }
  const now = Date.now()
  const rows = aggregates.map(({ id, version, began, changed }) => {
    return [safe(id), count(version), age(now - began), age(now - changed)]
  })
  const columns = ['ID', 'EVENTS', 'BEGAN', 'CHANGED'].map((title, n) => ({ title, right: n > 0 }))
  terminal.line(table(terminal, columns, rows))
  const more = next === undefined ? '' : `, and more: --after ${safe(next)}`
  const hint = terminal.colour.dim(`isthmus aggregate show ${name} ID`)
  terminal.line(`\n  ${plural(aggregates.length, 'aggregate')}${more}  ${hint}`)
}
