export interface Change {
  readonly path: string
  readonly mark: '+' | '−' | '~'
  readonly before: unknown
  readonly after: unknown
}

/** What is not the same, field by field, in the order of the data. */
export function changesOf(before: unknown, after: unknown, path = ''): Change[] {
  if (same(before, after)) return []
  if (isRecord(before) && isRecord(after))
    return changesIn(before, after, name => (path === '' ? name : `${path}.${name}`))
  if (Array.isArray(before) && Array.isArray(after))
    return changesIn({ ...before }, { ...after }, name => `${path}[${name}]`)
  const mark = before === undefined ? '+' : after === undefined ? '−' : '~'
  return [{ path, mark, before, after }]
}

function changesIn(before: Fields, after: Fields, place: (name: string) => string): Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap(name => changesOf(before[name], after[name], place(name)))
}

type Fields = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
