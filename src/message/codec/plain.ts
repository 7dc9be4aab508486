import { IsthmusError } from '../../errors.ts'
import { forbiddenName, quoted } from './codec.ts'

/**
 * Refuses with MSG-ENCODE what a format would write as something else: NaN, functions, dates, maps, undefined within a
 * list. Properties that are undefined are allowed: they are left out. Answers whether there is a bigint or a -0, which
 * JSON.stringify refuses or alters.
 */
export function checkPlain(data: unknown, maxDepth: number): boolean {
  return check(data, '', 'data', maxDepth)
}

/** `within` and `name` say where the value stands; `room` how many levels may still follow. */
function check(value: unknown, within: string, name: string | number, room: number): boolean {
  switch (typeof value) {
    case 'string':
      if (value.isWellFormed()) return false
      throw refused('text with half of a surrogate pair', within, name)
    case 'number':
      if (Number.isFinite(value)) return Object.is(value, -0)
      throw refused(String(value), within, name)
    case 'boolean':
      return false
    case 'bigint':
      return true
    case 'object':
      if (value === null) return false
      if (room > 0) return checkNested(value, `${within}${within === '' ? '' : '/'}${name}`, room - 1)
      throw new IsthmusError('MSG-LIMIT', 'data is nested deeper than maxDepth allows, or in itself')
    default:
      throw refused(typeof value, within, name)
  }
}

function checkNested(value: object, here: string, room: number): boolean {
  let special = false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      special = check(value[index], here, index, room) || special
    return special
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw refused(`an instance of ${value.constructor?.name ?? 'a class'}`, here, '')
  }
  for (const name in value) {
    if (name === forbiddenName) throw refused('a property of this name', here, name)
    const item = (value as Record<string, unknown>)[name]
    if (item !== undefined) special = check(item, here, name, room) || special
  }
  return special
}

function refused(what: string, within: string, name: string | number): IsthmusError {
  const path = quoted([within, name].filter(part => part !== '').join('/'))
  return new IsthmusError(
    'MSG-ENCODE',
    `${what} at ${path} is no plain data; give text, a number or an object instead`,
  )
}
