import type { TSchema } from 'typebox'
import { Problem } from '../operations/schemas.ts'
import type { ControlRoute } from './route.ts'

/** Describes the control API. Source: OpenAPI 3.1, whose schemas are JSON Schema, as TypeBox's are. */
export function openApi(routes: readonly ControlRoute[], version: string) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const operations = paths[route.path] ?? {}
    paths[route.path] = { ...operations, [route.method.toLowerCase()]: operationOf(route) }
  }
  const token = {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of control.json in the data directory, or an API token of an account',
  }
  const session = {
    type: 'apiKey',
    in: 'cookie',
    name: 'isthmus',
    description: 'Set by a login; `__Host-isthmus` over https. Orders need the header `x-isthmus-csrf` too',
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Isthmus control API',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: { securitySchemes: { token, session }, schemas: { Problem } },
  }
}

function operationOf(route: ControlRoute) {
  const { method, path, summary, needs, params, query, body, answer, contentType } = route
  const content = { [contentType ?? 'application/json']: { schema: answer } }
  const parameters = [...parametersOf('path', params), ...parametersOf('query', query)]
  return {
    operationId: operationId(method, path),
    summary,
    ...(needs === 'open' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: unsigned(body) } } } }
      : {}),
    responses: { 200: { description: 'OK', content }, default: problemAnswer },
  }
}

/** Whose name an order bears is known of whoever has logged in: `by` is for the token of control.json. */
function unsigned(body: TSchema): TSchema {
  const { properties, required } = body as Partial<{
    properties: Record<string, TSchema>
    required: readonly string[]
  }>
  if (!properties) return body
  const { decision } = properties
  return {
    ...body,
    properties: { ...properties, ...(decision && { decision: unsigned(decision) }) },
    ...(required && { required: required.filter(name => name !== 'by') }),
  }
}

const problemAnswer = {
  description: 'Refused or failed',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

function parametersOf(place: 'path' | 'query', schema: TSchema | undefined) {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, TSchema>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, inner]) => {
    return { name, in: place, required: required.includes(name), schema: inner }
  })
}

/** `getFlowsFlowMessagesSeq`: stable names for generated clients. */
function operationId(method: string, path: string): string {
  const words = path.replace('/api/v1', '').split(/[^A-Za-z]+/)
  return method.toLowerCase() + words.map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
}
