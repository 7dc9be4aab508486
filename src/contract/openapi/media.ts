import { member, members, type Placed, type References, textAt } from '../references.ts'

export interface Body {
  readonly schema: Placed
  readonly format: 'json' | 'form' | 'multipart'
  /** Fields that are files: no message holds these as they are. */
  readonly files: readonly string[]
}

const formats = [
  ['json', /^(?:application\/(?:[\w.+-]+\+)?json|text\/json|\*\/\*|application\/\*)\s*(?:;|$)/i],
  ['form', /^application\/x-www-form-urlencoded\s*(?:;|$)/i],
  ['multipart', /^multipart\/form-data\s*(?:;|$)/i],
] as const

/** What an operation is sent; a text names a content type that cannot be written. */
export function bodyOf(
  operation: Placed,
  lists: readonly Placed[],
  references: References,
): Body | string | undefined {
  const given = member(operation, 'requestBody')
  if (given.value === undefined) return oldBody(operation, lists, references)
  const body = references.follow(given)
  if (!body) return 'described nowhere'
  const all = members(member(body, 'content'))
  for (const [format, pattern] of formats) {
    const found = all.find(([type]) => pattern.test(type))
    if (found) return bodyIn(member(found[1], 'schema'), format, references)
  }
  return all[0]?.[0]
}

/** As Swagger 2.0 says it: among the parameters. */
function oldBody(operation: Placed, lists: readonly Placed[], references: References): Body | undefined {
  const parameters = lists.flatMap(members).flatMap(([, each]) => references.follow(each) ?? [])
  const body = parameters.find(each => textAt(each, 'in') === 'body')
  if (body) return bodyIn(member(body, 'schema'), 'json', references)
  const fields = parameters.filter(each => textAt(each, 'in') === 'formData')
  if (fields.length === 0) return undefined
  const named = fields.map(
    field => [textAt(field, 'name') ?? '', field.value as { required?: unknown }] as const,
  )
  const required = named.filter(([, { required: needed }]) => needed === true).map(([name]) => name)
  const properties = named.map(([name, { required: _, ...schema }]) => [name, schema])
  const isMultipart =
    named.some(([, field]) => isFile(field)) || consumes(operation).includes('multipart/form-data')
  const value = { type: 'object', properties: Object.fromEntries(properties), required }
  const schema = { value, location: operation.location, pointer: `${operation.pointer}/formData` }
  return bodyIn(schema, isMultipart ? 'multipart' : 'form', references)
}

function consumes(operation: Placed): unknown[] {
  return members(member(operation, 'consumes')).map(([, { value }]) => value)
}

/** The fields of a form are its own; files among them are left out. */
function bodyIn(schema: Placed, format: Body['format'], references: References): Body {
  const whole = format === 'json' ? undefined : references.follow(schema)
  if (!whole) return { schema, format, files: [] }
  const properties = members(member(whole, 'properties'))
  const files = properties
    .filter(([, field]) => isFile(references.follow(field)?.value))
    .map(([name]) => name)
  if (files.length === 0) return { schema, format, files }
  const { required, ...rest } = whole.value as { required?: unknown }
  const kept = properties
    .filter(([name]) => !files.includes(name))
    .map(([name, field]) => [name, field.value])
  const needed = Array.isArray(required) ? required.filter(name => !files.includes(name)) : []
  const value = { ...rest, properties: Object.fromEntries(kept), required: needed }
  return { schema: { ...whole, value, pointer: `${whole.pointer}/without-files` }, format, files }
}

function isFile(schema: unknown): boolean {
  const { type, format, contentMediaType } = Object(schema) as Record<string, unknown>
  return type === 'file' || format === 'binary' || contentMediaType === 'application/octet-stream'
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
  const found = all.find(([type]) => formats[0][1].test(type))
  if (found) return member(found[1], 'schema')
  return all[0]?.[0]
}
