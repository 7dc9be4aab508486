import { exitCodes } from '../server/exit-code.ts'
import { type ProjectionRow, projectionRows } from '../server/operations/aggregate-views.ts'
import { openStore, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, count, safe, type Terminal, table } from './shared/terminal.ts'

export const projectionListCommand = command({
  name: 'projection list',
  parameters: '',
  summary: 'list projections, and how much the store keeps of each',
  options: placeOptions,
  more: 'What is not kept yet is made of the events at the next start. `isthmus verify` compares what is kept with them.',
  async run({ values, terminal, environment }) {
    const { reader, landscape, close } = await openStore(values, environment)
    try {
      const projections = await projectionRows(reader, landscape)
      if (values.json) terminal.json({ projections })
      else print(projections, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print(projections: readonly ProjectionRow[], terminal: Terminal): void {
  if (projections.length === 0) {
    terminal.line('  The landscape has no projection.')
    return
  }
  const rows = projections.map(({ projection, of, kept, behind }) => {
    const stored = kept ? [count(kept.rows), age(Date.now() - kept.at)] : ['', '']
    return [safe(projection), safe(of), ...stored, count(behind)]
  })
  const columns = ['PROJECTION', 'OF', 'ROWS KEPT', 'AGO', 'EVENTS BEHIND'].map((title, n) => ({
    title,
    right: n > 1,
  }))
  terminal.line(table(terminal, columns, rows))
}
