import type { Shape } from '../../message/codec/xml-shape.ts'
import type { GraphqlError } from './outcome.ts'

/** An answer as GraphQL defines it. `data` is undefined where the operation was not begun. */
export interface Reply {
  readonly data: unknown
  readonly errors: readonly GraphqlError[]
  readonly extensions: Readonly<Record<string, unknown>>
}

/** Source: GraphQL specification, October 2021, 7.1. Undefined for what is no such answer. */
export function replyIn(value: unknown): Reply | undefined {
  if (!isObject(value)) return undefined
  const { data, errors, extensions } = value
  const failed = Array.isArray(errors) && errors.length > 0
  if (!failed && !isObject(data)) return undefined
  return {
    data,
    errors: failed ? errors.map(errorIn) : [],
    extensions: isObject(extensions) ? extensions : {},
  }
}

/** Of an answer, or of a list of failures among the data, which say `code` and `field` at the top. */
export function errorIn(value: unknown): GraphqlError {
  const { message, path, field, extensions, code } = isObject(value) ? value : { message: value }
  const more = isObject(extensions) ? extensions : {}
  const said = more.code ?? code
  return {
    code: typeof said === 'string' || typeof said === 'number' ? String(said) : '',
    message: typeof message === 'string' ? message : '',
    path: [path ?? field ?? []].flat().filter(step => typeof step === 'string' || typeof step === 'number'),
    extensions: more,
  }
}

/** Directus says only among the extensions what is wrong with a document. */
export function textOf({ code, message, path, extensions }: GraphqlError): string {
  const within = Array.isArray(extensions.errors) ? extensions.errors.map(each => errorIn(each).message) : []
  const said = [code, message, ...within]
  const place = path.length > 0 ? ` (at ${path.join('.')})` : ''
  return `${said.filter(Boolean).join(': ') || 'an error without a text'}${place}`
}

/** What stands at a dotted path; undefined where it ends before, null where it ends at a null. */
export function valueAt(data: unknown, path: string | undefined): unknown {
  if (path === undefined) return data
  return path.split('.').reduce<unknown>((at, name) => {
    if (at === null) return null
    return isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  }, data)
}

/** Numbers become text where the model wants text, as for decimals that a server writes as numbers. Copies nothing else. */
export function withTexts(value: unknown, shape: Shape | undefined): unknown {
  if (shape === undefined) return value
  if (typeof value === 'number') return shape.kind === 'text' ? String(value) : value
  if (Array.isArray(value)) return value.map(each => withTexts(each, shape))
  if (!isObject(value) || (shape.properties.size === 0 && !shape.rest)) return value
  const entries = Object.entries(value).map(([name, each]) => {
    const property = shape.properties.get(name) ?? shape.rest
    return [name, withTexts(each, property?.shape)] as const
  })
  return Object.fromEntries(entries)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
