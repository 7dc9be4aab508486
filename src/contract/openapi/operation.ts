import type { JsonSchema } from '../../model/schema-validator.ts'
import { Code, code } from '../code.ts'
import type { ContractChannel } from '../contract.ts'
import { capitalised, hyphenated, type Names } from '../names.ts'
import { member, type Placed, type References, textAt } from '../references.ts'
import { effectOf } from './effect.ts'
import { answersOf, type Body, bodyOf } from './media.ts'
import { type Parameter, parameterOptions, parametersOf } from './parameters.ts'
import type { SchemaModels } from './schema-models.ts'

export interface Surroundings {
  readonly references: References
  readonly models: SchemaModels
  readonly names: Names
  problem(place: string, text: string): void
}

/** An operation of the document: where it stands, and what it says. */
export interface Operation {
  readonly path: string
  readonly method: string
  readonly item: Placed
  readonly placed: Placed
}

const methods = new Set(['get', 'put', 'post', 'delete', 'patch'])

/** The channel of an operation; undefined, and a problem told, where there can be none. */
export function operationChannel(operation: Operation, around: Surroundings): ContractChannel | undefined {
  const { path, method, item, placed } = operation
  const { references, models } = around
  const id = textAt(placed, 'operationId') ?? `${method} ${path.replaceAll(/[{}]/g, ' ')}`
  const origin = `${method.toUpperCase()} ${path}`
  const place = references.place(placed.location, textAt(placed, 'operationId') ?? path)
  const problem = (text: string) => around.problem(place, `${origin}: ${text}`)
  const lists = [member(item, 'parameters'), member(placed, 'parameters')]
  const body = bodyOf(placed, lists, references)
  const obstacle = obstacleOf(operation, body)
  if (obstacle !== undefined) {
    problem(`${obstacle}: there is no channel for it`)
    return undefined
  }
  const { parameters, idempotencyHeader } = parametersOf(lists, references, models, problem)
  addUndeclared(path, parameters, problem)
  const sent = typeof body === 'object' && method !== 'get' ? body : undefined
  if (sent && sent.files.length > 0)
    problem(`${sent.files.join(', ')} of its form is a file: add it by "body" and file(...)`)
  if (body !== undefined && !sent) problem('a body of GET is not sent')
  const name = capitalised(id, 'Operation')
  const request = requestOf(name, origin, parameters, sent, models)
  return {
    name: around.names.take(hyphenated(id, 'operation')),
    factory: 'operation',
    role: 'requester',
    model: request.model,
    answer: answerOf(operation, name, origin, around, problem),
    effect: effectOf(method, idempotencyHeader),
    options: {
      method: code`${method.toUpperCase()}`,
      ...parameterOptions(path, parameters),
      ...bodyOption(method, sent, request.field),
      ...(sent && sent.format !== 'json' && { codec: code`${Code.imported(sent.format, 'isthmus/rest')}()` }),
      ...(idempotencyHeader && idempotencyHeader.toLowerCase() !== 'idempotency-key'
        ? { idempotencyHeader: code`${idempotencyHeader}` }
        : {}),
    },
    description: textAt(placed, 'summary') ?? textAt(placed, 'description'),
    origin,
  }
}

/** What is sent, where that is not what the connector sends unless told otherwise. */
function bodyOption(method: string, sent: Body | undefined, field: string | undefined): Record<string, Code> {
  if (sent && field !== undefined) return { body: code`({ data }) => ${Code.property('data', field)}` }
  if (sent && method === 'delete') return { body: code`({ data }) => data` }
  return !sent && method.startsWith('p') ? { body: code`() => undefined` } : {}
}

function obstacleOf({ method, path }: Operation, body: Body | string | undefined): string | undefined {
  if (!methods.has(method)) return `${method.toUpperCase()} is no method that is called`
  if (!isPath(path)) return 'its path is none'
  return typeof body === 'string' ? `its body is ${body}, which is not written` : undefined
}

/** What the connector takes for a path, once its parameters are filled in (RFC 3986, 3.3). */
function isPath(path: string): boolean {
  if (!path.isWellFormed() || path.startsWith('//')) return false
  const filled = encodeURI(path.replace(/\{[^{}]+\}/g, 'x'))
  return /^(?:\/[\w\-.~!$&'()*+,;=:@%]*)+$/.test(filled) && !/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(filled)
}

function addUndeclared(path: string, parameters: Parameter[], problem: (text: string) => void): void {
  for (const [, name = ''] of path.matchAll(/\{([^{}]+)\}/g)) {
    if (parameters.some(each => each.where === 'path' && each.name === name)) continue
    problem(`its path has {${name}}, which is no parameter that can be sent: taken for text`)
    const field = parameters.some(each => each.field === name) ? `path-${name}` : name
    parameters.push({
      name,
      field,
      where: 'path',
      required: true,
      schema: { type: 'string' },
      form: 'plain',
    })
  }
}

/** The model of a request: the body alone, or the parameters with the body as a field. */
function requestOf(
  name: string,
  origin: string,
  parameters: readonly Parameter[],
  body: Body | undefined,
  models: SchemaModels,
): { model: string; field?: string } {
  if (parameters.length === 0)
    return { model: body ? models.model(body.schema, `${name}Request`) : models.nothing() }
  const properties: Record<string, JsonSchema> = Object.fromEntries(
    parameters.map(({ field, schema }) => [field, schema]),
  )
  const required = parameters.filter(each => each.required).map(({ field }) => field)
  const field = body && ['body', 'payload', 'content-sent'].find(free => !Object.hasOwn(properties, free))
  if (body && field !== undefined) {
    properties[field] = models.schema(body.schema)
    required.push(field)
  }
  const model = models.made(
    `${name}Request`,
    { type: 'object', properties, required },
    `the request of ${origin}`,
  )
  return field === undefined ? { model } : { model, field }
}

function answerOf(
  { placed }: Operation,
  name: string,
  origin: string,
  { references, models }: Surroundings,
  problem: (text: string) => void,
): string | undefined {
  const { schemas, unread, empty } = answersOf(placed, references)
  const [only] = schemas
  if (only === undefined) {
    if (unread.length > 0) problem(`its answer is ${unread.join(', ')}, which is not read`)
    return undefined
  }
  if (schemas.length === 1 && !empty) return models.model(only, `${name}Answer`)
  const anyOf = [...schemas.map(schema => models.schema(schema)), ...(empty ? [{ type: 'null' }] : [])]
  return models.made(`${name}Answer`, { anyOf }, `the answers of ${origin}`)
}
