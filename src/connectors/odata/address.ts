import { IsthmusError } from '../../errors.ts'
import { type EdmSet, typeOf } from './edm.ts'
import type { EntityFormat } from './entity.ts'

/** Options of a query, in the order in which they are sent; what is undefined is left out. */
export type QueryOptions = Readonly<Record<string, string | number | undefined>>

/** `?$filter=...`, or nothing. Spaces become %20: not every service reads + as one. */
export function queryOf(...options: readonly QueryOptions[]): string {
  const parts = options.flatMap(each =>
    Object.entries(each).flatMap(([name, value]) =>
      value === undefined
        ? []
        : `${encodeURIComponent(name).replaceAll('%24', '$')}=${encodeURIComponent(value)}`,
    ),
  )
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

/**
 * `/Orders('A1')` or `/Items(order='A1',no=10)`: where a record is, by the key fields in the data. A singleton has no
 * key. Throws MSG-ENCODE where a key field is missing.
 */
export function addressOf(set: EdmSet, data: unknown, format: EntityFormat, channel: string): string {
  const name = `/${encodeURIComponent(set.name)}`
  if (set.singleton) return name
  const type = typeOf(format.edm, set.type, channel)
  const fields = (data ?? {}) as Readonly<Record<string, unknown>>
  const parts = type.keys.map(key => {
    const value = fields[key]
    if (value === undefined || value === null)
      throw new IsthmusError('MSG-ENCODE', `${channel}: the key field ${key} is missing`)
    const literal = format.literal(value, type.properties.get(key)?.type ?? 'Edm.String', key)
    return { key, literal: encodeURIComponent(literal) }
  })
  const [first, ...others] = parts
  if (!first) throw new IsthmusError('CONFIG-INVALID', `${channel}: ${type.name} has no key`)
  if (others.length === 0) return `${name}(${first.literal})`
  return `${name}(${parts.map(({ key, literal }) => `${key}=${literal}`).join(',')})`
}
