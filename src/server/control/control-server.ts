import { hash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaValidationError,
} from 'fastify'
import type { TSchema } from 'typebox'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import type { Log } from '../../observe/log.ts'
import type { Redactor } from '../../observe/redactor.ts'
import { problem } from '../../system/problem.ts'
import type { Address } from '../configuration.ts'
import type { ControlGround, ControlRoute } from './route.ts'
import { controlRoutes } from './routes.ts'

export interface ControlOptions {
  readonly ground: ControlGround
  readonly address: Address
  readonly token: string
  readonly log: Log
  readonly redactor: Redactor
}

export interface ControlServer {
  readonly url: string
  /** After the answers under way. */
  close(): Promise<void>
}

/** Data that a person puts in the place of a message's own may be large. */
const bodyLimit = 16 * 2 ** 20

/** Keys of sagas stand in addresses, with three characters for a byte. */
const longestKey = 12_000

/** Serves the control API. Rejects with CONFIG-INVALID when the address cannot be had. */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const { ground, address, redactor } = options
  const app = fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: longestKey },
    forceCloseConnections: 'idle',
    schemaErrorFormatter,
  })
  acceptOnlyJson(app)
  // Before anything else of a request is looked at, also for addresses that do not exist.
  app.addHook('onRequest', async request => requireToken(request, options.token))
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  })
  app.setErrorHandler<FastifyError | IsthmusError>((error, _request, reply) =>
    sendProblem(error, reply, options),
  )
  app.setNotFoundHandler(() => {
    throw new IsthmusError('CONTROL-REFUSED', 'There is nothing at this address.', {
      detail: { status: 404 },
    })
  })
  for (const route of controlRoutes) serve(app, route, ground, redactor)
  try {
    await app.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const where = `${address.host}:${address.port}`
    const text = `The control API cannot listen on ${where}: ${reasonOf(cause)}. Set ISTHMUS_CONTROL_PORT.`
    throw new IsthmusError('CONFIG-INVALID', text, { cause })
  }
  return { url: urlOf(app.server.address() as AddressInfo), close: () => app.close() }
}

/** Where this machine reaches it, also when it listens on every address. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (family === 'IPv6') return `http://[${address === '::' ? '::1' : address}]:${port}`
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`
}

function serve(app: FastifyInstance, route: ControlRoute, ground: ControlGround, redactor: Redactor): void {
  const { method, path, params, query, body, contentType } = route
  app.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    config: { access: route.access },
    schema: { ...(params && { params }), ...(query && { querystring: query }), ...(body && { body }) },
    validatorCompiler: ({ schema, httpPart }) => validator(schema as TSchema, httpPart === 'body'),
    serializerCompiler: () => data => JSON.stringify(data),
    handler: async (request, reply) => {
      if (request.query !== undefined && !query) refuseQuery(request.query as object)
      const answer = await route.handle(ground, {
        params: request.params,
        query: request.query,
        body: request.body,
      })
      return reply.type(contentType ?? 'application/json; charset=utf-8').send(redactor.data(answer))
    },
  })
}

/** Fields that the schema does not know are refused. In addresses, where all is text, numbers may be written. */
function validator(schema: TSchema, isBody: boolean) {
  const ajv = new Ajv2020({ strict: true, allErrors: false, coerceTypes: !isBody, discriminator: false })
  return ajv.compile(schema)
}

function schemaErrorFormatter(errors: FastifySchemaValidationError[], part: string): Error {
  const [error] = errors
  const where = part + (error?.instancePath ?? '').replaceAll('/', '.')
  const { additionalProperty, allowedValues } = (error?.params ?? {}) as Record<string, unknown>
  if (additionalProperty !== undefined) return new Error(`${where} has no "${additionalProperty}"`)
  const values = Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : ''
  return new Error(`${where} ${error?.message}${values}`)
}

function refuseQuery(query: object): void {
  const [name] = Object.keys(query)
  if (name === undefined) return
  throw new IsthmusError('CONTROL-REFUSED', `There is no parameter "${name}" here.`, {
    detail: { status: 400 },
  })
}

/** By our own reader, which refuses doubled names and does not round numbers. */
function acceptOnlyJson(app: FastifyInstance): void {
  const codec = json()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => {
      try {
        return codec.decode(body)
      } catch (cause) {
        throw new IsthmusError('CONTROL-REFUSED', reasonOf(cause), { cause, detail: { status: 400 } })
      }
    },
  )
}

async function requireToken(request: FastifyRequest, token: string): Promise<void> {
  if ((request.routeOptions.config as { access?: string }).access === 'open') return
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const digest = (text: string) => hash('sha256', text, 'buffer')
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return
  throw new IsthmusError(
    'CONTROL-REFUSED',
    'The token of the instance is required: Authorization: Bearer TOKEN.',
    {
      detail: { status: 401 },
    },
  )
}

/** What the caller did wrong is told; what failed inside is told to the log, and the caller gets its reference. */
function sendProblem(
  error: FastifyError | IsthmusError,
  reply: FastifyReply,
  { log }: ControlOptions,
): unknown {
  const reference = randomUUID()
  const status = statusOf(error)
  const inside = status >= 500 && status !== 503
  const code = error instanceof IsthmusError && !inside ? error.code : 'CONTROL-REFUSED'
  const detail = inside
    ? 'Something failed inside. The log of the instance has the reference.'
    : error.message
  const level = inside ? 'error' : 'info'
  if (inside)
    log({ level, event: 'control', text: `${reference}: ${error.message}`, fields: { reference, status } })
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : undefined
  const { headers, body } = problem(status, { code, detail, reference }, challenge)
  return reply
    .status(status)
    .headers({ ...headers })
    .send(JSON.stringify(body))
}

function statusOf(error: FastifyError | IsthmusError): number {
  if (error instanceof IsthmusError) {
    const { status } = error.detail
    if (typeof status === 'number') return status
    if (error.code === 'CONTROL-REFUSED') return 409
    return error.code === 'STORE-UNAVAILABLE' ? 503 : 500
  }
  return error.validation ? 400 : (error.statusCode ?? 500)
}
