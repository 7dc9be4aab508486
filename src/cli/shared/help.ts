import type { Command } from './command.ts'
import type { Terminal } from './terminal.ts'
import { widthOf } from './text-width.ts'

/** What `isthmus` alone says. */
export function overview(commands: readonly Command[], version: string, { colour }: Terminal): string {
  const { bold, dim } = colour
  const rows = commands.map(
    ({ name, parameters, summary }) => [`${name} ${dim(parameters)}`.trim(), summary] as const,
  )
  return [
    `${bold('isthmus')} ${version}: joins the systems of a company, and proves that it did so correctly`,
    '',
    ...columns(rows),
    '',
    dim('  isthmus COMMAND --help tells more. LANDSCAPE is a folder or a file; this folder if not given.'),
  ].join('\n')
}

export function commandHelp(
  { name, parameters, summary, options, more }: Command,
  { colour }: Terminal,
): string {
  const { bold, dim } = colour
  const rows = Object.entries(options).map(([option, { short, value, help }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    return [`${letter}--${option}${value === undefined ? '' : ` ${dim(value)}`}`, help] as const
  })
  const lines = [`${bold(`isthmus ${name}`)} ${parameters}`.trim(), '', `  ${summary}`, '', ...columns(rows)]
  return [...lines, ...(more === undefined ? [] : ['', more.replace(/^(?=.)/gm, '  ')])].join('\n')
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => widthOf(left)))
  return rows.map(([left, right]) => `  ${left}${' '.repeat(width - widthOf(left))}  ${right}`)
}
