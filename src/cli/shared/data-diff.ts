/** A field that a step added, removed or changed; `path` is dotted, with positions in brackets. */
export interface Change {
  readonly path: string
  /** JSON; undefined where the field was not there. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** What is different between two data, field by field, in the order of the second. */
export function diffData(before: unknown, after: unknown): Change[] {
  const old = new Map(leaves(before))
  const now = new Map(leaves(after))
  const changes: Change[] = []
  for (const [path, value] of now)
    if (old.get(path) !== value) changes.push({ path, before: old.get(path), after: value })
  for (const [path, value] of old) if (!now.has(path)) changes.push({ path, before: value, after: undefined })
  return changes
}

/** Every field with its JSON. An empty object or array is one itself. */
export function* leaves(data: unknown, path = ''): Generator<[path: string, json: string]> {
  if (data === undefined) return
  const entries = typeof data === 'object' && data !== null ? Object.entries(data) : []
  if (entries.length === 0) yield [path || 'data', JSON.stringify(data)]
  for (const [name, value] of entries) {
    const inner = Array.isArray(data) ? `${path}[${name}]` : path ? `${path}.${name}` : name
    yield* leaves(value, inner)
  }
}
