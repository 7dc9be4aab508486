/** A JSON Schema, or a part of one. */
export type Json = Record<string, unknown>

const told = new Set(['description', 'example', 'externalDocs', 'default'])

/**
 * The schema without what is for readers, and without room for names that it does not know: what Kubernetes would drop is
 * a mistake of whoever wrote it.
 */
export function closed<T>(schema: T): T {
  return close(schema, 'schema') as T
}

const alternatives = new Set(['oneOf', 'anyOf', 'allOf', 'not'])

/** Alternatives say more of the object around them: they stay open. */
function close(part: unknown, place: 'schema' | 'names' | 'alternative'): unknown {
  if (Array.isArray(part)) return part.map(each => close(each, place))
  if (typeof part !== 'object' || part === null) return part
  const given = part as Json
  const entries = Object.entries(given)
  if (place === 'names')
    return Object.fromEntries(entries.map(([name, value]) => [name, close(value, 'schema')]))
  if (given['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] }
  const copy: Json = {}
  for (const [name, value] of entries)
    if (name === 'pattern') copy.pattern = patternOf(String(value))
    else if (!told.has(name) && !name.startsWith('x-kubernetes-'))
      copy[name] = close(value, placeOf(name, place))
  const open =
    place === 'alternative' ||
    'additionalProperties' in copy ||
    given['x-kubernetes-preserve-unknown-fields'] === true
  if ('properties' in copy && !open) copy.additionalProperties = false
  return copy
}

/** Go writes for a whole expression that case does not matter, JavaScript for a group. */
function patternOf(pattern: string): string {
  return pattern.replace(/^\^\(\?i\)(.*)\$$/, '^(?i:$1)$$')
}

function placeOf(name: string, around: 'schema' | 'alternative'): 'schema' | 'names' | 'alternative' {
  if (name === 'properties') return around === 'alternative' ? 'alternative' : 'names'
  return alternatives.has(name) ? 'alternative' : around
}

/** Those that are wanted and what they refer to, closed. */
export function closureOf(
  all: Readonly<Record<string, Json>>,
  wanted: readonly string[],
): Record<string, Json> {
  const found: Record<string, Json> = {}
  const visit = (name: string): void => {
    if (name in found) return
    const schema = all[name]
    if (schema === undefined) throw new Error(`There is no ${name}.`)
    found[name] = closed(schema)
    for (const [, next = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      visit(next)
  }
  for (const name of wanted) visit(name)
  return found
}
