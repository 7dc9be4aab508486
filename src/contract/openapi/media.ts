import { member, members, type Placed, type References, textAt } from '../references.ts'

export interface Body {
  readonly schema: Placed
  readonly required: boolean
}

const json = /^(?:application\/(?:[\w.+-]+\+)?json|text\/json|\*\/\*|application\/\*)\s*(?:;|$)/i

/** What an operation is sent; a text names a content type that cannot be written. */
export function bodyOf(
  operation: Placed,
  lists: readonly Placed[],
  references: References,
): Body | string | undefined {
  const given = member(operation, 'requestBody')
  if (given.value !== undefined) {
    const body = references.follow(given)
    if (!body) return 'of a kind that nothing describes'
    const required = member(body, 'required').value === true
    const content = jsonContent(member(body, 'content'))
    return typeof content === 'object' ? { schema: content, required } : content
  }
  const parameters = lists.flatMap(members).map(([, each]) => references.follow(each))
  const where = (name: string) => parameters.find(each => each && textAt(each, 'in') === name)
  if (where('formData')) return 'a form'
  const body = where('body')
  return body && { schema: member(body, 'schema'), required: member(body, 'required').value === true }
}

/** What an operation answers when it went well, and what of that cannot be read. */
export function answersOf(
  operation: Placed,
  references: References,
): { schemas: Placed[]; unread: string[]; empty: boolean } {
  const all = members(member(operation, 'responses'))
  const good = all.filter(([status]) => /^2(?:\d\d|XX)$/i.test(status))
  const responses = good.length > 0 ? good : all.filter(([status]) => status === 'default')
  const schemas = new Map<string, Placed>()
  const unread: string[] = []
  let empty = false
  for (const [, each] of responses) {
    const response = references.follow(each)
    if (!response) continue
    const own = member(response, 'schema')
    const content = own.value === undefined ? jsonContent(member(response, 'content')) : own
    if (content === undefined) empty = true
    else if (typeof content === 'string') unread.push(content)
    else schemas.set(JSON.stringify(content.value), content)
  }
  return { schemas: [...schemas.values()], unread, empty }
}

/** The schema of what is JSON there; a text names what is there instead. */
function jsonContent(content: Placed): Placed | string | undefined {
  const all = members(content)
  const found = all.find(([type]) => json.test(type))
  if (found) return member(found[1], 'schema')
  return all[0]?.[0]
}
