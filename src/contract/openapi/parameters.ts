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
  readonly form: 'scalar' | 'commas' | 'repeated' | 'text'
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
    const name = textAt(placed, 'name') ?? ''
    const where = textAt(placed, 'in')
    if (where === 'header' && name.toLowerCase() === 'idempotency-key') idempotencyHeader = name
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
  if (isScalar(schema)) return 'scalar'
  if (schema.type === 'array') {
    if (!isScalar(models.resolved((schema.items ?? {}) as JsonSchema))) return undefined
    const { style, explode, collectionFormat } = placed.value as Record<string, unknown>
    if (where !== 'query' || explode === false) return 'commas'
    if (collectionFormat !== undefined) return collectionFormat === 'multi' ? 'repeated' : 'commas'
    if (style !== undefined && style !== 'form') return undefined
    return 'schema' in (placed.value as object) ? 'repeated' : 'commas'
  }
  if (schema.type === 'object' || schema.properties) return undefined
  return 'text'
}

const scalars = new Set(['string', 'number', 'integer', 'boolean'])

/** Of a type that the compiler takes for a part of a path or query. */
function isScalar({ type, enum: values, anyOf, ...rest }: JsonSchema): boolean {
  if ('$ref' in rest || 'allOf' in rest || 'oneOf' in rest || 'not' in rest || 'const' in rest) return false
  if (Array.isArray(values)) return values.every(value => scalars.has(typeof value))
  if (Array.isArray(anyOf)) return type === undefined && anyOf.every(isScalar)
  return typeof type === 'string' && scalars.has(type)
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
    const { name, field, required } = parameter
    const entry = code`${Code.name(name)}: ${stringCode(parameter)}`
    return required ? entry : code`...(${Code.property('data', field)} !== undefined && { ${entry} })`
  })
  return code`({ data }) => (${objectCode(fields)})`
}

function objectCode(fields: readonly Code[]): Code {
  const short = fields.length < 3 && fields.every(({ text }) => text.length < 40)
  return short
    ? code`{ ${Code.joined(fields, ', ')} }`
    : Code.of(['{\n    ', ',\n  }'], [Code.joined(fields, ',\n    ')])
}

function queryValue(parameter: Parameter): Code {
  const value = Code.property('data', parameter.field)
  if (parameter.form === 'scalar' || parameter.form === 'repeated') return value
  if (parameter.form === 'commas')
    return parameter.required ? code`${value}.join(',')` : code`${value}?.join(',')`
  const text = code`JSON.stringify(${value})`
  return parameter.required ? text : code`${value} === undefined ? undefined : ${text}`
}

function textCode({ field, form }: Parameter): Code {
  const value = Code.property('data', field)
  if (form === 'scalar') return value
  return form === 'text' ? code`JSON.stringify(${value})` : code`${value}.join(',')`
}

function stringCode(parameter: Parameter): Code {
  const isText = parameter.form !== 'scalar' || parameter.schema.type === 'string'
  return isText ? textCode(parameter) : code`String(${textCode(parameter)})`
}
