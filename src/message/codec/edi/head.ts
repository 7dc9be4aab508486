import { Draft, type ReadScope, readFields, writeFields } from './field.ts'
import type { Head } from './found.ts'
import { type Element, isRepeated, type Segment, type Value } from './segment.ts'
import type { Level } from './syntax.ts'

/**
 * The data of the begin of an interchange, group or message. It holds all that stands there: what it has no place for is
 * a problem. Blanks that fill the elements of ISA are left out, those that do not break lines too.
 */
export function readHead(
  { begin, fields }: Level,
  segment: Segment,
  decimal: string,
  report: ReadScope['report'],
): Head {
  const isFilled = begin === 'ISA'
  const elements = isFilled ? segment.elements.map(unfilled).slice(0, 15) : segment.elements
  let isWhole = true
  const head = readFields(fields, elements, {
    decimal,
    report(...problem) {
      isWhole = false
      report(...problem)
    },
  }) as Head
  if (!isWhole) return head
  const draft = new Draft()
  const refuse = (reason: string): never => {
    throw new Error(reason)
  }
  writeFields(fields, head, draft, { decimal, refuse })
  const differing = firstDifference(draft.elements, elements)
  if (differing !== undefined) report('too many', 'has more in it than this syntax knows', differing)
  return head
}

function unfilled(element: Element): Element {
  return typeof element === 'string' ? element.replace(/^[ \xa0]+|[ \xa0]+$/g, '') : element
}

/** From 1. Empty ends do not count. */
function firstDifference(known: readonly Element[], found: readonly Element[]): number | undefined {
  for (let index = 0; index < Math.max(known.length, found.length); index++) {
    if (canonical(known[index] ?? '') !== canonical(found[index] ?? '')) return index + 1
  }
  return undefined
}

function canonical(element: Element): string {
  const text = (value: Value) => (typeof value === 'string' ? value : value.join('\0').replace(/\0+$/, ''))
  return isRepeated(element) ? element.repeated.map(text).join('\x01') : text(element)
}
