import { IsthmusError } from '../../errors.ts'

/** What runs JavaScript in the server, and what writes. */
const forbidden = new Set(['$where', '$function', '$accumulator', '$out', '$merge'])

/** Places whose text is never read as an expression. */
const literal = new Set(['$literal', '$match'])

/**
 * Throws TARGET-REFUSED for data that could become an operator of a filter: a member whose name begins with "$". Else
 * `{ "$ne": null }` in the place of a password would match every document.
 */
export function refuseOperators(data: unknown, path = ''): void {
  if (data === null || typeof data !== 'object') return
  for (const [name, value] of Object.entries(data)) {
    const below = path === '' ? name : `${path}.${name}`
    if (name.startsWith('$') || name === '_bsontype')
      throw new IsthmusError('TARGET-REFUSED', `The request holds a name that is not allowed: ${below}.`)
    refuseOperators(value, below)
  }
}

/** The texts of the data that an expression would read as a field or a variable. */
export function expressionsIn(data: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof data === 'string' && data.startsWith('$')) found.add(data)
  else if (data !== null && typeof data === 'object')
    for (const value of Object.values(data)) expressionsIn(value, found)
  return found
}

/**
 * Throws TARGET-REFUSED for a filter or pipeline that writes, that runs JavaScript in the server, or in which a text
 * of the request stands where MongoDB would read it as an expression. `isExpression`: whether the tree stands there.
 */
export function checkQuery(tree: unknown, fromData: ReadonlySet<string>, isExpression: boolean): void {
  if (typeof tree === 'string' && isExpression && fromData.has(tree))
    throw new IsthmusError(
      'TARGET-REFUSED',
      'A text of the request begins with "$" and would be read as an expression. Wrap it: { $literal: ... }.',
    )
  if (tree === null || typeof tree !== 'object') return
  for (const [name, value] of Object.entries(tree)) {
    if (forbidden.has(name))
      throw new IsthmusError('TARGET-REFUSED', `${name} is not allowed in a query: it writes, or runs code.`)
    checkQuery(value, fromData, name === '$expr' || (isExpression && !literal.has(name)))
  }
}
