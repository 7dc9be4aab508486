import type { XmlListener } from './xml-scanner.ts'
import { attribute } from './xml-scanner.ts'

/** What the number in a cell means. `elapsed` is a time that may be longer than a day. */
export type NumberKind = 'number' | 'date' | 'time' | 'moment' | 'elapsed'

/** Source: ECMA-376-1, 18.8.30, with the formats of Chinese, Japanese and Korean (27 to 36, 50 to 58). */
const builtIn = new Map<number, NumberKind>([
  ...[14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map(id => [id, 'date'] as const),
  ...[18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56].map(id => [id, 'time'] as const),
  [22, 'moment'],
  [46, 'elapsed'],
])

/**
 * What a format code like `yyyy"年"m"月"` shows. Its first section that shows a number stands for all: the others are for
 * other signs. `General` has local names: `G/通用格式`.
 */
export function kindOf(code: string): NumberKind {
  const sections = code.replace(/"[^"]*"|[\\_*]./gu, '').split(';')
  const first = sections.find(section => section.replace(/\[[^hms][^\]]*\]/gi, '').trim() !== '') ?? ''
  if (/\[[hms]+\]/i.test(first)) return 'elapsed'
  const signs = first
    .replace(/\[[^\]]*\]/g, '')
    .replace(/general|g\/[^\0-\x7f]+|e[+-]/gi, '')
    .toLowerCase()
  const hasTime = /[hs]/.test(signs)
  const hasDate = /[ydeg]/.test(signs) || (!hasTime && signs.includes('m'))
  if (hasDate) return hasTime ? 'moment' : 'date'
  return hasTime ? 'time' : 'number'
}

/** Reads the part with the styles: what the numbers of each style of cells mean. */
export class StylesReader implements XmlListener {
  readonly kinds: NumberKind[] = []
  readonly #own = new Map<number, NumberKind>()
  #inCells = false

  open(name: string, attributes: string): void {
    const id = () => Number(attribute(attributes, 'numFmtId') ?? 0)
    if (name === 'cellXfs') this.#inCells = true
    else if (name === 'numFmt') this.#own.set(id(), kindOf(attribute(attributes, 'formatCode') ?? ''))
    else if (name === 'xf' && this.#inCells)
      this.kinds.push(this.#own.get(id()) ?? builtIn.get(id()) ?? 'number')
  }

  text(): void {}

  close(name: string): void {
    if (name === 'cellXfs') this.#inCells = false
  }
}
