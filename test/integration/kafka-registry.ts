import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import avsc from 'avsc'

export interface TestRegistry {
  readonly url: string
  /** The id of a schema, registered under a subject. */
  register(subject: string, schema: object): number
  /** How many requests have come. */
  readonly requests: readonly string[]
  /** From now on every request is answered so; undefined for as usual. */
  fail(status: number | undefined): void
  close(): Promise<void>
}

/**
 * A schema registry in memory, with those parts of the HTTP interface of Confluent's that clients use, and its error
 * codes. There is none in Maven Central. Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 */
export async function startTestRegistry(authorization?: string): Promise<TestRegistry> {
  const schemas: string[] = []
  const subjects = new Map<string, number[]>()
  const requests: string[] = []
  let failing: number | undefined

  const idOf = (text: string) => schemas.indexOf(canonical(text)) + 1
  const add = (subject: string, text: string): number => {
    const known = idOf(text) || schemas.push(canonical(text))
    const versions = subjects.get(subject) ?? []
    if (!versions.includes(known)) subjects.set(subject, [...versions, known])
    return known
  }
  const answer = (method: string, path: string, body: string): [number, object] => {
    const [, id] = /^\/schemas\/ids\/(\d+)$/.exec(path) ?? []
    if (method === 'GET' && id !== undefined) {
      const schema = schemas[Number(id) - 1]
      return schema ? [200, { schema }] : [404, { error_code: 40403, message: 'Schema not found' }]
    }
    const [, name = '', versions] = /^\/subjects\/([^/]+)(\/versions)?$/.exec(path) ?? []
    const subject = decodeURIComponent(name)
    const { schema } = JSON.parse(body || '{}')
    if (method !== 'POST' || name === '') return [404, { error_code: 404, message: 'HTTP 404 Not Found' }]
    if (versions) return [200, { id: add(subject, schema) }]
    if (!subjects.has(subject)) return [404, { error_code: 40401, message: 'Subject not found' }]
    const found = idOf(schema)
    const isHere = subjects.get(subject)?.includes(found)
    if (!isHere) return [404, { error_code: 40403, message: 'Schema not found' }]
    return [200, { subject, id: found, version: 1, schema }]
  }

  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const body = await bodyOf(request)
    const isWelcome = authorization === undefined || request.headers.authorization === authorization
    const [status, content] = !isWelcome
      ? [401, { error_code: 401, message: 'Unauthorized' }]
      : failing !== undefined
        ? [failing, { error_code: failing, message: 'not now' }]
        : answer(request.method ?? '', request.url ?? '', body)
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(JSON.stringify(content))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    register: (subject, schema) => add(subject, JSON.stringify(schema)),
    requests,
    fail(status) {
      failing = status
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Refuses what is no schema, as a registry does. */
function canonical(text: string): string {
  const schema = JSON.parse(text)
  avsc.Type.forSchema(structuredClone(schema))
  return JSON.stringify(schema)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}
