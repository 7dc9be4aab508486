import type { WhyRow, Writer } from '../../server/operations/pipelines/why/schemas.ts'
import { placeText } from './field-tree-text.ts'
import { moment, plural, safe, type Terminal, table } from './terminal.ts'

/** The value, which run wrote it, and what it was made of. */
export function whyRowText(row: WhyRow, terminal: Terminal): string {
  const { bold, dim } = terminal.colour
  const { table: name, column, key, value, rows, pipeline, version, masked } = row
  const which = key.map(cell => `${cell.column} ${shown(cell.value)}`).join(', ')
  const lines = [
    `${bold(`${name}.${column}`)} = ${shown(value)}  ${dim(`of ${safe(which)}`)}`,
    ...(rows > 1 ? [dim(`${plural(rows, 'row')} have this key: one of them is told`)] : []),
    ...writerLines(row, terminal),
    ...sourceLines(row, terminal),
    ...row.inputs.flatMap(input => inputLines(input, terminal)),
    ...asideLines(row, terminal),
    ...row.unknown.map(what => `  not known: ${safe(what)}`),
    dim(`${name} of pipeline ${pipeline} is version ${version}`),
    ...(masked ? [dim('Personal data are shown as ***; --show-pii shows them.')] : []),
  ]
  return lines.join('\n')
}

/** Runs that are named. */
const named = 5

function writerLines({ writers, more, pipeline }: WhyRow, { colour: { dim } }: Terminal): string[] {
  const told = ({ run, from, until, at, repair, sameTable }: Writer) =>
    `${repair ? 'repair' : 'run'} ${run ?? '(its log is gone)'}  ${dim(`${from > 0 ? moment(from) : 'everything'} to ${moment(until)}, published ${moment(at)}${sameTable === false ? ', by another version of the table' : ''}`)}`
  const [only] = writers
  if (!only) return [`  not known: which run of ${pipeline} wrote it`]
  if (writers.length === 1 && !more) return [`  written by ${told(only)}`]
  const rest = writers.length - named
  return [
    `  written by one of these ${writers.length} runs of ${pipeline}${more ? ', or an earlier one' : ''}:`,
    ...writers.slice(0, named).map(each => `    ${told(each)}`),
    ...(rest > 0 ? [`    and ${rest} before`] : []),
  ]
}

function sourceLines({ source, column }: WhyRow, { colour: { dim } }: Terminal): string[] {
  if (!source) return []
  const steps = source.steps.flatMap(({ step, kind, field, rules, complete }) => [
    `  ${safe(field)}  ${dim(`${kind === 'map' ? 'mapped' : 'cleaned'} at ${step}`)}`,
    ...rules.map(rule => {
      const text = safe((rule.name ?? rule.text).replaceAll(/\s+/g, ' '))
      return `    ${dim('by')} ${text}  ${dim(placeText(rule) ?? '')}`.trimEnd()
    }),
    ...(complete ? [] : [`    ${dim('perhaps of more: the function could not be followed to its end')}`]),
  ])
  const fields = source.fields.length > 0 ? source.fields.join(', ') : `nothing that is known of ${column}`
  return [...steps, `  ${safe(fields)}  ${dim(`given by ${source.channel}; it is not asked again`)}`]
}

function inputLines(input: WhyRow['inputs'][number], terminal: Terminal): string[] {
  const { dim } = terminal.colour
  const { table: name, uses, where, columns, rows, count = 0, unknown, filtered } = input
  const of = uses.map(({ column, uses: how }) => `${column} (${how.join(', ')})`).join(', ')
  const head = `  of ${name}: ${safe(of)}`
  if (unknown !== undefined) return [head, `    not known: which of its rows: ${safe(unknown)}`]
  const which = where.map(({ column, value }) => `${column} ${shown(value)}`).join(', ')
  const perhaps = filtered ? '; conditions of the query may leave out some of them' : ''
  const cells = rows.map(row => row.map(cell => safe(cell === null ? '' : shown(cell))))
  const titles = columns.map(title => ({ title: safe(title) }))
  return [
    head,
    `    ${plural(count, 'row')} of ${safe(which)}, as they are now${perhaps}`,
    ...(rows.length > 0
      ? table(terminal, titles, cells)
          .split('\n')
          .map(line => `    ${line}`)
      : []),
    ...(count > rows.length ? [`    ${dim(`and ${count - rows.length} more`)}`] : []),
  ]
}

function asideLines({ setAside }: WhyRow, { colour: { dim } }: Terminal): string[] {
  return setAside.flatMap(({ id, run, state, code, reason, step, data }) => [
    `  set aside in run ${safe(run)}, ${state}: ${code} ${safe(reason)}  ${dim(`at ${step}, row ${id}`)}`,
    `    ${safe(JSON.stringify(data))}`,
  ])
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : safe(JSON.stringify(value))
}
