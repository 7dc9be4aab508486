/** Code that is not laid out yet: text in one piece, pieces in a row, or a bracket with items. */
export type Layout = string | readonly Layout[] | Bracket

export interface Bracket {
  readonly open: '(' | '[' | '{'
  readonly items: readonly Item[]
}

export interface Item {
  readonly code: Layout
  /** Whole comments, a line each, that stand above. */
  readonly above?: readonly string[]
  /** A comment behind it, without a line break. */
  readonly behind?: string | undefined
}

/** Columns. */
const width = 110
const closing = { '(': ')', '[': ']', '{': '}' } as const

export function list(items: readonly Layout[]): Bracket {
  return { open: '[', items: items.map(code => ({ code })) }
}

export function object(items: readonly Item[]): Bracket {
  return { open: '{', items }
}

export function call(name: string, ...args: readonly Layout[]): Layout {
  return [name, { open: '(', items: args.map(code => ({ code })) }]
}

/** As a person would break it: on one line where it fits, else an item a line. `indent` counts the steps of the line. */
export function print(layout: Layout, indent = 0, column = 0): string {
  const whole = flat(layout)
  if (whole !== undefined && column + whole.length <= width) return whole
  if (typeof layout === 'string') return layout
  if ('open' in layout) return printBracket(layout, indent, column)
  let text = ''
  for (const part of layout) text += print(part, indent, columnBehind(text, column))
  return text
}

/** On one line; undefined where a comment forbids it. */
function flat(layout: Layout): string | undefined {
  if (typeof layout === 'string') return layout.includes('\n') ? undefined : layout
  if (!('open' in layout)) return joined(layout.map(flat), '')
  const { open, items } = layout
  if (items.some(({ above, behind }) => (above && above.length > 0) || behind !== undefined)) return undefined
  const inside = joined(
    items.map(({ code }) => flat(code)),
    ', ',
  )
  const space = open === '{' && items.length > 0 ? ' ' : ''
  return inside === undefined ? undefined : open + space + inside + space + closing[open]
}

function joined(parts: readonly (string | undefined)[], separator: string): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(separator)
}

function printBracket(bracket: Bracket, indent: number, column: number): string {
  const { open, items } = bracket
  if (open === '(') {
    const hugged = hug(items, indent, column)
    if (hugged !== undefined) return hugged
  }
  const space = '  '.repeat(indent + 1)
  const lines = items.flatMap(({ code, above = [], behind }) => [
    ...above.map(line => (line === '' ? '' : space + line)),
    `${space}${print(code, indent + 1, space.length + 1)},${behind === undefined ? '' : ` ${behind}`}`,
  ])
  return `${open}\n${lines.join('\n')}\n${'  '.repeat(indent)}${closing[open]}`
}

/** Arguments stay on the line of the call where only one of them has to be broken. */
function hug(items: readonly Item[], indent: number, column: number): string | undefined {
  if (items.some(({ above, behind }) => (above && above.length > 0) || behind !== undefined)) return undefined
  const broken = items.findIndex(({ code }) => typeof code !== 'string' && items.length === 1)
  const wanted = broken === -1 ? items.findLastIndex(({ code }) => isBracket(code)) : broken
  if (wanted === -1) return undefined
  let text = '('
  for (const [index, { code }] of items.entries()) {
    if (index > 0) text += ', '
    const part = index === wanted ? print(code, indent, columnBehind(text, column) + 1) : flat(code)
    if (part === undefined) return undefined
    text += part
  }
  const [first = ''] = text.split('\n', 1)
  return column + first.length <= width ? `${text})` : undefined
}

function isBracket(code: Layout): boolean {
  return typeof code !== 'string' && 'open' in code
}

function columnBehind(text: string, column: number): number {
  const lineBreak = text.lastIndexOf('\n')
  return lineBreak === -1 ? column + text.length : text.length - lineBreak - 1
}
