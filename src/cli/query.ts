import { createWriteStream } from 'node:fs'
import { exitCodes } from '../server/exit-code.ts'
import { mostRows } from '../server/operations/pipelines/warehouse-schemas.ts'
import { placeOptions } from './shared/access.ts'
import { type Command, command, usage } from './shared/command.ts'
import { type Format, formatOf, formats, writeRows } from './shared/query-formats.ts'
import { openQuery, type QueryRows } from './shared/query-rows.ts'
import { plural, safe, type Terminal, table } from './shared/terminal.ts'

export const queryCommand: Command = command({
  name: 'query',
  parameters: 'SQL',
  summary: 'rows of a warehouse, as a table or a file; a query changes nothing',
  options: {
    warehouse: { value: 'NAME', help: 'the system; not needed where there is one warehouse' },
    format: { value: 'FORMAT', help: `${formats.join(', ')}; as the name of the file ends, else table` },
    out: { value: 'FILE', help: 'writes there; to the terminal if not given' },
    limit: { value: 'COUNT', help: 'at most so many rows; 1,000 in a table, else all' },
    numbers: {
      value: 'COLUMNS',
      help: 'columns, with commas, whose decimals are numbers in xlsx, not texts',
    },
    ...placeOptions,
  },
  more:
    `A running instance is asked, and gives at most ${mostRows.toLocaleString('en-US')} rows; beside a stopped one the warehouse is opened.\n` +
    'Decimals keep all their digits.',
  async run({ values, positionals, terminal, environment }) {
    const [sql, ...others] = positionals
    if (sql === undefined || others.length > 0) throw usage(queryCommand, 'Say one query, in quotes')
    const format = values.json ? 'json' : formatOf(values.format, values.out)
    if (!format) throw usage(queryCommand, `--format is one of ${formats.join(', ')}`)
    if (format === 'xlsx' && values.out === undefined) throw usage(queryCommand, 'xlsx needs --out FILE')
    const limit = limitOf(values.limit, format)
    const rows = await openQuery({ ...values, sql, limit }, environment)
    try {
      await show(rows, format, values, terminal)
      if (rows.more()) terminal.aside(`There are more rows than ${plural(limit, 'row')}.`)
    } finally {
      await rows.close()
    }
    return exitCodes.ok
  },
})

function limitOf(given: string | undefined, format: Format): number {
  const limit = Number(given ?? (format === 'table' ? 1000 : Number.MAX_SAFE_INTEGER))
  if (!Number.isSafeInteger(limit) || limit < 1) throw usage(queryCommand, '--limit is a number from 1 on')
  return limit
}

async function show(
  rows: QueryRows,
  format: Format,
  { out, numbers }: { readonly out?: string | undefined; readonly numbers?: string | undefined },
  terminal: Terminal,
): Promise<void> {
  if (format === 'table') return printTable(rows, terminal)
  const target = out === undefined ? process.stdout : createWriteStream(out)
  const written = await writeRows(rows, format, target, numbers?.split(',') ?? [])
  if (out !== undefined) terminal.aside(`${plural(written, 'row')} in ${out}`)
}

async function printTable(rows: QueryRows, terminal: Terminal): Promise<void> {
  const all = (await Array.fromAsync(rows.batches())).flat()
  const columns = (await rows.columns()).map((title, at) => ({
    title: safe(title),
    right: all.length > 0 && all.every(cells => isNumber(cells[at])),
  }))
  if (columns.length > 0)
    terminal.line(
      table(
        terminal,
        columns,
        all.map(cells => cells.map(cellText)),
      ),
    )
  terminal.line(`  ${plural(all.length, 'row')}`)
}

const isNumber = (cell: unknown) => cell === null || /^-?\d+(\.\d+)?$/.test(String(cell))

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  return safe(typeof cell === 'object' ? JSON.stringify(cell) : String(cell))
}
