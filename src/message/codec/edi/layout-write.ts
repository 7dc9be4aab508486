import { Draft, type WriteScope, writeFields } from './field.ts'
import type { Layout, Part, Parts, SegmentContent } from './layout.ts'
import type { Segment } from './segment.ts'

/** The segments that say the data of a message. Refuses through `refuse`, which throws, what its layout lacks. */
export function writeLayout(
  layout: Layout,
  data: unknown,
  decimal: string,
  refuse: (reason: string) => never,
): Segment[] {
  const segments: Segment[] = []
  writeParts(layout.parts, data, segments, { decimal, refuse })
  return segments
}

function writeParts(parts: Parts, data: unknown, into: Segment[], scope: WriteScope): void {
  if (typeof data !== 'object' || data === null) scope.refuse('is no object')
  for (const [name, part] of Object.entries(parts)) {
    const value = (data as Record<string, unknown>)[name]
    const inner: WriteScope = { ...scope, refuse: reason => scope.refuse(`${name}: ${reason}`) }
    for (const each of occurrencesOf(part, value, inner)) writePart(part, each, into, inner)
  }
}

function occurrencesOf({ list, min, max }: Part, value: unknown, scope: WriteScope): readonly unknown[] {
  const values = value === undefined ? [] : list ? value : [value]
  if (!Array.isArray(values)) return scope.refuse('is no list')
  if (values.length < min) scope.refuse('is missing')
  if (values.length > max) scope.refuse(`is there more than ${max} times`)
  return values
}

function writePart({ content }: Part, data: unknown, into: Segment[], scope: WriteScope): void {
  if ('tag' in content) into.push(segmentOf(content, data, scope))
  else writeParts(content.parts, data, into, scope)
}

function segmentOf({ tag, fields, where }: SegmentContent, data: unknown, scope: WriteScope): Segment {
  const draft = new Draft()
  for (const number in where) draft.set(Number(number), 1, where[number] as string)
  writeFields(fields, data, draft, scope)
  return { tag, elements: draft.elements }
}
