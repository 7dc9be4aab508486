import { forbiddenName } from '../message/codec/codec.ts'
import type { JsonSchema } from '../model/schema-validator.ts'
import { unreadable } from './open-document.ts'

/** Levels of a schema within itself. */
const mostDepth = 60

/** Formats that are checked (RFC 3339, 5322, ...). Any other is a remark, and is left out. */
const formats = new Set(
  (
    'date time date-time duration uri uri-reference uri-template email hostname ipv4 ipv6 regex uuid json-pointer ' +
    'relative-json-pointer byte'
  ).split(' '),
)

const types = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'])
const counts = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']
const numbers = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
const inner = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames']
const innerLists = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const texts = ['title', 'description', '$comment']
const flags = ['uniqueItems', 'deprecated', 'readOnly', 'writeOnly']

interface Report {
  /** Names of models that may be referred to. */
  readonly known: ReadonlySet<string>
  problem(text: string): void
}

/**
 * Only what is JSON Schema (2020-12) and can be compiled: of a keyword that cannot, the rest of the schema is kept and
 * a problem told. Throws CONTRACT-UNREADABLE where it is nested too deeply.
 */
export function soundSchema(schema: unknown, report: Report, depth = 0): JsonSchema {
  if (depth > mostDepth) throw unreadable('a schema', `it is nested more than ${mostDepth} levels deep`)
  if (schema === false) return { not: {} }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return {}
  const given = schema as Readonly<Record<string, unknown>>
  const within = (value: unknown) => soundSchema(value, report, depth + 1)
  return {
    ...reference(given.$ref, report),
    ...typeOf(given.type, report),
    ...values(given),
    ...pick(given, texts, value => typeof value === 'string'),
    ...pick(given, flags, value => value === true),
    ...pick(given, counts, value => Number.isSafeInteger(value) && (value as number) >= 0),
    ...pick(given, numbers, value => typeof value === 'number' && Number.isFinite(value)),
    ...checkedFormat(given.format),
    ...pattern(given.pattern, report),
    ...members(given, report, within),
    ...Object.fromEntries(
      inner.filter(name => isSchema(given[name])).map(name => [name, within(given[name])]),
    ),
    ...lists(given, within),
  }
}

/** The models that a schema refers to, each once, in order. */
export function referencesIn(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found
  const { $ref } = schema as { $ref?: unknown }
  const name = typeof $ref === 'string' ? referredName($ref) : undefined
  if (name !== undefined) found.add(name)
  for (const value of Object.values(schema)) referencesIn(value, found)
  return found
}

export function referredName($ref: string): string | undefined {
  return /^#\/\$defs\/([A-Za-z][A-Za-z0-9]*)$/.exec($ref)?.[1]
}

type Part = Readonly<Record<string, unknown>>

function reference($ref: unknown, report: Report): Part {
  if (typeof $ref !== 'string') return {}
  const name = referredName($ref)
  if (name !== undefined && report.known.has(name)) return { $ref }
  report.problem(`${$ref} is not there: any value is allowed instead`)
  return {}
}

function typeOf(type: unknown, report: Report): Part {
  if (type === undefined) return {}
  const names = [type].flat().filter(name => types.has(name as string))
  if (names.length === 0)
    report.problem(`the type ${JSON.stringify(type)} is unknown: any value is allowed instead`)
  return names.length === 0 ? {} : { type: names.length === 1 ? names[0] : [...new Set(names)] }
}

function values(given: Part): Part {
  const list = Array.isArray(given.enum) ? given.enum : []
  const different = new Map(list.map(value => [JSON.stringify(value), value]))
  return {
    ...(different.size > 0 && { enum: [...different.values()] }),
    ...('const' in given && { const: given.const }),
    ...('default' in given && { default: given.default }),
  }
}

function checkedFormat(format: unknown): Part {
  return typeof format === 'string' && formats.has(format) ? { format } : {}
}

function pattern(text: unknown, report: Report): Part {
  if (typeof text !== 'string') return {}
  try {
    new RegExp(text, 'u')
    return { pattern: text }
  } catch {
    report.problem(`the pattern ${JSON.stringify(text)} is none of ECMAScript, and is not checked`)
    return {}
  }
}

function members(given: Part, report: Report, within: (value: unknown) => JsonSchema): Part {
  const names = Object.keys(Object(given.properties)).filter(name => allowed(name, report))
  const required = [given.required].flat().filter(name => typeof name === 'string' && allowed(name, report))
  const properties = Object(given.properties) as Record<string, unknown>
  return {
    ...(names.length > 0 && {
      properties: Object.fromEntries(names.map(name => [name, within(properties[name])])),
    }),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  }
}

function allowed(name: string, report: Report): boolean {
  if (name !== forbiddenName && name.isWellFormed()) return true
  report.problem(`a field called ${JSON.stringify(name)} is left out: no message may have one`)
  return false
}

function lists(given: Part, within: (value: unknown) => JsonSchema): Part {
  const found = innerLists.filter(name => Array.isArray(given[name]) && given[name].length > 0)
  return Object.fromEntries(found.map(name => [name, (given[name] as unknown[]).map(within)]))
}

function pick(given: Part, names: readonly string[], fits: (value: unknown) => boolean): Part {
  return Object.fromEntries(names.filter(name => fits(given[name])).map(name => [name, given[name]]))
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value))
}
