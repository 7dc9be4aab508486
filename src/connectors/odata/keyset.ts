import type { EdmType } from './edm.ts'
import type { EntityFormat } from './entity.ts'

type Fields = Readonly<Record<string, unknown>>

/** What lies behind a record in the order of its key: `A gt 1 or (A eq 1 and B gt 2)`. */
export function behind(record: Fields, type: EdmType, format: EntityFormat): string {
  const terms: string[] = []
  const equal: string[] = []
  for (const key of type.keys) {
    const typed = type.properties.get(key)?.type ?? 'Edm.String'
    const value = record[key] ?? null
    const literal = format.literal(value, typed, key)
    // Nothing is greater than a boolean, but true comes after false.
    const greater =
      typed !== 'Edm.Boolean' ? `${key} gt ${literal}` : value === false ? `${key} eq true` : undefined
    if (greater !== undefined) terms.push([...equal, greater].join(' and '))
    equal.push(`${key} eq ${literal}`)
  }
  return terms.map(term => (terms.length > 1 ? `(${term})` : term)).join(' or ') || 'false'
}

/** The identity of a record within its set. */
export function identityOf(record: Fields, type: EdmType): string {
  const values = type.keys.map(key => record[key])
  return values.length === 1 ? String(values[0]) : JSON.stringify(values)
}

/** Both conditions, where they are there. */
export function both(...conditions: readonly (string | undefined)[]): string | undefined {
  const given = conditions.filter(each => each !== undefined)
  return given.length > 1 ? given.map(each => `(${each})`).join(' and ') : given[0]
}

export function byKey(type: EdmType): string {
  return type.keys.join(',')
}
