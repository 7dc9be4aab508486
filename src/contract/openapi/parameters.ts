import { forbiddenName } from '../../message/codec/codec.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { Code, code } from '../code.ts'
import { member, members, type Placed, type References, textAt } from '../references.ts'
import type { SchemaModels } from './schema-models.ts'

export interface Parameter {
  readonly name: string
  /** Its name in the request. */
  readonly field: string
  readonly where: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: JsonSchema
  /** What becomes of the value in the call. */
  readonly form: 'plain' | 'commas' | 'spaces' | 'pipes' | 'text'
}

/** Headers that the connector sends itself (OpenAPI 3.1, 4.8.12), or that say who we are. */
const ownHeaders = new Set(['accept', 'content-type', 'authorization', 'content-length', 'host'])

/** The parameters of an operation; those of its path first. Of two alike, that of the operation counts. */
export function parametersOf(
  lists: readonly Placed[],
  references: References,
  models: SchemaModels,
  problem: (text: string) => void,
): { parameters: Parameter[]; idempotencyHeader: string | undefined } {
  const found = new Map<string, Placed>()
  for (const [, each] of lists.flatMap(members)) {
    const placed = references.follow(each)
    if (!placed) problem(`a parameter refers to nothing`)
    else found.set(`${textAt(placed, 'in')} ${textAt(placed, 'name')}`, placed)
  }
  const parameters: Parameter[] = []
  let idempotencyHeader: string | undefined
  const fields = new Set<string>()
  for (const placed of found.values()) {
    const name = textAt(placed, 'name')
    const where = textAt(placed, 'in')
    if (name === undefined) problem('a parameter has no name')
    else if (name === forbiddenName || !name.isWellFormed())
      problem(`the parameter ${JSON.stringify(name)} is not sent: no message may have such a field`)
    else if (where === 'header' && name.toLowerCase() === 'idempotency-key') idempotencyHeader = name
    else if (where === 'header' && ownHeaders.has(name.toLowerCase())) continue
    else if (where === 'path' || where === 'query' || where === 'header') {
      const parameter = parameterOf(placed, name, where, fields, models, problem)
      if (parameter) parameters.push(parameter)
    } else if (where === 'cookie') problem(`the cookie "${name}" is not sent`)
  }
  return { parameters, idempotencyHeader }
}

function parameterOf(
  placed: Placed,
  name: string,
  where: Parameter['where'],
  fields: Set<string>,
  models: SchemaModels,
  problem: (text: string) => void,
): Parameter | undefined {
  const content = members(member(placed, 'content'))[0]?.[1]
  const inline = 'schema' in Object(placed.value) ? member(placed, 'schema') : placed
  const { description: _, ...schema } = withoutNull(
    models.schema(content ? member(content, 'schema') : inline),
  )
  const required = member(placed, 'required').value === true || where === 'path'
  const form = content ? 'text' : formOf(placed, where, models.resolved(schema), models)
  if (form === undefined) {
    const instead = required ? 'is needed and not sent: complete the channel' : 'is not sent'
    problem(`the ${where} parameter "${name}" is an object, which ${instead}`)
    return undefined
  }
  const field = fields.has(name) ? `${where}-${name}` : name
  fields.add(field)
  const description = textAt(placed, 'description')
  return { name, field, where, required, schema: { ...schema, ...(description && { description }) }, form }
}

function withoutNull(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema
  if (Array.isArray(type)) {
    const types = type.filter(name => name !== 'null')
    return { ...schema, type: types.length === 1 ? types[0] : types }
  }
  if (!Array.isArray(anyOf) || !anyOf.some(({ type: inner }) => inner === 'null')) return schema
  const { anyOf: _, ...rest } = schema
  const kept = anyOf.filter(({ type: inner }) => inner !== 'null')
  return kept.length === 1 ? { ...rest, ...kept[0] } : { ...rest, anyOf: kept }
}

/** Sources: OpenAPI 3.1, 4.8.12 (style and explode), Swagger 2.0 (collectionFormat). */
function formOf(
  placed: Placed,
  where: Parameter['where'],
  schema: JsonSchema,
  models: SchemaModels,
): Parameter['form'] | undefined {
  if (isScalar(schema)) return 'plain'
  const { style, explode, collectionFormat } = placed.value as Record<string, unknown>
  if (schema.type === 'array' && !isCombined(schema)) {
    if (!isScalar(models.resolved((schema.items ?? {}) as JsonSchema))) return undefined
    if (where !== 'query') return 'commas'
    if (style === 'spaceDelimited' || collectionFormat === 'ssv') return 'spaces'
    if (style === 'pipeDelimited' || collectionFormat === 'pipes') return 'pipes'
    const isOld = !('schema' in (placed.value as object))
    return isOld
      ? collectionFormat === 'multi'
        ? 'plain'
        : 'commas'
      : explode === false
        ? 'commas'
        : 'plain'
  }
  if (schema.type !== 'object' && !schema.properties) return 'text'
  const fields = Object.values(Object(schema.properties)) as JsonSchema[]
  const isFlat = fields.length > 0 && fields.every(field => isScalar(models.resolved(field)))
  return where === 'query' && style === 'deepObject' && isFlat ? 'plain' : undefined
}

const scalars = new Set(['string', 'number', 'integer', 'boolean'])

/** Of a type that the compiler takes for a part of a path or query. */
function isScalar(schema: JsonSchema): boolean {
  const { type, enum: values, anyOf, oneOf, ...others } = schema
  if (isCombined(others) || (anyOf && oneOf)) return false
  if (Array.isArray(values) && values.length > 0) return values.every(value => scalars.has(typeof value))
  const either = anyOf ?? oneOf
  if (Array.isArray(either)) return type === undefined && either.length > 0 && either.every(isScalar)
  return typeof type === 'string' && scalars.has(type)
}

const combining = '$ref allOf oneOf not const if then else contains propertyNames prefixItems'.split(' ')

function isCombined(schema: JsonSchema): boolean {
  return combining.some(keyword => keyword in schema)
}

/** The options of an operation that make its parameters part of the call. */
export function parameterOptions(path: string, parameters: readonly Parameter[]): Record<string, Code> {
  const query = parameters.filter(({ where }) => where === 'query')
  const headers = parameters.filter(({ where }) => where === 'header')
  return {
    path: pathCode(path, parameters),
    ...(query.length > 0 && { query: queryCode(query) }),
    ...(headers.length > 0 && { headers: headersCode(headers) }),
  }
}

function pathCode(path: string, parameters: readonly Parameter[]): Code {
  const pieces = path.split(/\{([^{}]+)\}/)
  if (pieces.length === 1) return code`${encodeURI(path)}`
  const parts = pieces.map((piece, n) => {
    const parameter = n % 2 === 1 && parameters.find(({ where, name }) => where === 'path' && name === piece)
    return parameter ? code`encodeURIComponent(${textCode(parameter)})` : encodeURI(piece)
  })
  return code`data => ${Code.template(parts)}`
}

function queryCode(parameters: readonly Parameter[]): Code {
  const fields = parameters.map(parameter => code`${Code.name(parameter.name)}: ${queryValue(parameter)}`)
  return code`data => (${objectCode(fields)})`
}

function headersCode(parameters: readonly Parameter[]): Code {
  const fields = parameters.map(parameter => {
    const value = textCode(parameter)
    const known = parameter.required || parameter.form === 'plain'
    const given = known
      ? value
      : code`${Code.property('data', parameter.field)} === undefined ? undefined : ${value}`
    return code`${Code.name(parameter.name)}: ${given}`
  })
  return code`({ data }) => (${objectCode(fields)})`
}

function objectCode(fields: readonly Code[]): Code {
  const short = fields.length < 4 && fields.reduce((sum, { text }) => sum + text.length, 0) < 70
  return short
    ? code`{ ${Code.joined(fields, ', ')} }`
    : Code.of(['{\n    ', ',\n  }'], [Code.joined(fields, ',\n    ')])
}

function queryValue(parameter: Parameter): Code {
  const value = Code.property('data', parameter.field)
  if (parameter.form === 'plain') return value
  const made = parameter.form === 'text' ? code`JSON.stringify(${value})` : delimitedCode(parameter, value)
  return parameter.required ? made : code`${value} === undefined ? undefined : ${made}`
}

function delimitedCode({ form }: Parameter, value: Code): Code {
  const delimited = Code.imported('delimited', 'isthmus/rest')
  if (form === 'commas') return code`${delimited}(${value})`
  return code`${delimited}(${value}, ${form === 'pipes' ? '|' : ' '})`
}

/** In a path or header. */
function textCode({ field, form }: Parameter): Code {
  const value = Code.property('data', field)
  if (form === 'plain') return value
  return form === 'text' ? code`JSON.stringify(${value})` : code`${value}.join(',')`
}
