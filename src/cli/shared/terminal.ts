import { createInterface } from 'node:readline/promises'
import pc from 'picocolors'
import { oneLine } from '../../observe/log.ts'
import { clip, widthOf } from './text-width.ts'

/** Where people or programs read what a command says. */
export class Terminal {
  /** A person sits there and can be asked. */
  readonly isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true
  readonly colour = pc.createColors(pc.isColorSupported && process.stdout.isTTY === true)
  /** Columns; where nobody looks, as many as it takes. */
  readonly width = process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY

  /** One line or several, without the last line break. */
  line(text = ''): void {
    process.stdout.write(`${text}\n`)
  }

  json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  }

  /** For what is said beside the answer: problems and progress. */
  aside(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  async confirm(question: string): Promise<boolean> {
    const reader = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim())
    } finally {
      reader.close()
    }
  }
}

export interface Column {
  readonly title: string
  readonly right?: boolean
}

/** Rows below their titles, none wider than the terminal: the last column gives way. */
export function table(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const { dim } = terminal.colour
  const widths = columns.map(({ title }, n) =>
    Math.max(...[title, ...rows.map(row => row[n] ?? '')].map(widthOf)),
  )
  const format = (cells: readonly string[], paint: (text: string) => string) => {
    const padded = columns.map(({ right }, n) => {
      const cell = cells[n] ?? ''
      const space = ' '.repeat(Math.max(0, (widths[n] as number) - widthOf(cell)))
      if (right) return space + paint(cell)
      return n === columns.length - 1 ? paint(cell) : paint(cell) + space
    })
    return clip(`  ${padded.join('  ')}`.trimEnd(), terminal.width)
  }
  const titles = columns.map(({ title }) => title)
  return [format(titles, dim), ...rows.map(row => format(row, text => text))].join('\n')
}

/** What comes from outside must not move the cursor or break the line. */
export const safe = oneLine

/** `1,204` */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `3 s`, `12 min`, `5 h`, `8 d`. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 120) return `${Math.floor(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `2026-03-01 14:02:11.123`, where this computer stands. */
export function moment(time: number): string {
  const date = new Date(time)
  const local = new Date(time - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 23).replace('T', ' ')
}

/** `1 message`, `2 messages`, `3 queries`. */
export function plural(value: number, noun: string): string {
  const several = noun.endsWith('y') && !/[aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
  return `${count(value)} ${value === 1 ? noun : several}`
}

/** `queries` to `query`, `views` to `view`. */
export function singular(several: string): string {
  return several.endsWith('ies') ? `${several.slice(0, -3)}y` : several.replace(/s$/, '')
}
