import { IsthmusError } from '../../errors.ts'
import { forbiddenName, quoted, setOwn } from '../../message/codec/codec.ts'
import { exactNumber } from '../../message/codec/exact-number.ts'
import { anyProperty, type Property } from '../../message/codec/xml-shape.ts'

/**
 * The data of a `value` element as `xml()` gives it. Digits that JavaScript cannot hold exactly stay text, and so do
 * those for which the model expects text. Base64 stays base64 text; a dateTime is written as ISO 8601 has it, without a
 * zone, since it has none.
 */
export function readValue(value: unknown, expected: Property): unknown {
  if (typeof value === 'string') return value
  const [tag, content] = onlyChild(value, 'value')
  if (tag === 'struct') return readStruct(content, expected)
  if (tag === 'array') return readArray(content, expected)
  if (typeof content !== 'string') throw refused(`${quoted(tag)} holds more than text`)
  const read = Object.hasOwn(scalars, tag) ? scalars[tag] : undefined
  if (!read) throw refused(`${quoted(tag)} is no type of XML-RPC`)
  return read(content, expected.shape.kind === 'text')
}

/** Name and content of the one child element. `what` is for messages; `name`, if given, must be its name. */
export function onlyChild(element: unknown, what: string, name?: string): [string, unknown] {
  const children = typeof element === 'object' && element !== null ? Object.entries(element) : []
  const [child] = children
  if (child && children.length === 1 && !Array.isArray(child[1]) && child[0] === (name ?? child[0]))
    return child
  throw refused(`${what} must hold one element ${name ?? ''}`)
}

function readStruct(content: unknown, expected: Property): Record<string, unknown> {
  const struct: Record<string, unknown> = {}
  for (const member of childrenOf(content, 'member')) {
    const { name, value, ...others } = (typeof member === 'object' ? (member ?? {}) : {}) as Record<
      string,
      unknown
    >
    if (typeof name !== 'string' || value === undefined || Object.keys(others).length > 0)
      throw refused('a member must hold a name and a value')
    if (name === forbiddenName || Object.hasOwn(struct, name))
      throw refused(`the member ${quoted(name)} is not allowed, or occurs twice`)
    const { properties, rest } = expected.shape
    setOwn(struct, name, readValue(value, properties.get(name) ?? rest ?? anyProperty))
  }
  return struct
}

function readArray(content: unknown, { shape }: Property): unknown[] {
  const [, data] = onlyChild(content, 'array', 'data')
  return childrenOf(data, 'value').map(value => readValue(value, { shape, list: false }))
}

/** Some or no elements of one name. */
function childrenOf(content: unknown, name: string): unknown[] {
  if (typeof content === 'string' && content.trim() === '') return []
  const children = Object.entries((content ?? {}) as object)
  if (children.length === 1 && children[0]?.[0] === name) return [children[0][1]].flat()
  throw refused(`nothing but ${name} is expected`)
}

type Scalar = (text: string, asText: boolean) => unknown

function numeric(pattern: RegExp): Scalar {
  return (content, asText) => {
    const text = content.trim()
    if (!pattern.test(text)) throw refused('a number is none')
    return asText ? text : (exactNumber(text) ?? text)
  }
}

const integer = numeric(/^[+-]?\d+$/)

const scalars: Readonly<Record<string, Scalar | undefined>> = {
  i4: integer,
  int: integer,
  i8: integer,
  double: numeric(/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/),
  boolean: content => {
    const text = content.trim()
    if (text !== '0' && text !== '1') throw refused('a boolean is neither 0 nor 1')
    return text === '1'
  },
  string: content => content,
  'dateTime.iso8601': content =>
    content.trim().replace(/^(\d{4})(\d\d)(\d\d)T(?=\d\d:\d\d:\d\d$)/, '$1-$2-$3T'),
  base64: content => {
    const text = content.replace(/\s+/g, '')
    if (!isBase64(text)) throw refused('base64 is none')
    return text
  },
  nil: () => null,
}

/** Source: RFC 4648, 4. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', `malformed XML-RPC: ${reason}`)
}
