import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
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
import { isLoopback } from '../people/caller.ts'
import type { Known, People } from '../people/people.ts'
import { seenOperations } from '../people/seen-operations.ts'
import { actionOf, audited } from './audited.ts'
import { serveConsole } from './console-files.ts'
import { Gate, nobody, requireAllowed, requireSomewhere, signOrder } from './gate.ts'
import { protect } from './headers.ts'
import { type ControlGround, type ControlRequest, type ControlRoute, WiredAnswer } from './route.ts'
import { controlRoutes } from './routes.ts'
import { callerOf } from './wire.ts'

export interface ControlOptions {
  readonly ground: ControlGround
  readonly address: Address
  readonly token: string
  readonly log: Log
  readonly redactor: Redactor
  /** Is told where it listens: at the start, and when that changes. */
  onAddress(url: string): void
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

/** Of requests from people who are not known yet. */
const openBodyLimit = 16 * 2 ** 10

/** Serves the control API. Rejects with CONFIG-INVALID when the address cannot be had. */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const { people } = options.ground
  const app = fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: longestKey },
    forceCloseConnections: 'idle',
    schemaErrorFormatter,
    ...(people.config.proxies.length > 0 && { trustProxy: [...people.config.proxies] }),
  })
  acceptOnlyJson(app)
  serveConsole(app)
  const gate = new Gate(people, options.token)
  // Before anything else of a request is looked at, also for addresses that do not exist.
  app.addHook('onRequest', async request => letIn(request, gate, options))
  app.addHook('onSend', async (_request, reply) => protect(reply, people.config.url))
  app.setErrorHandler<FastifyError | IsthmusError>((error, _request, reply) =>
    sendProblem(error, reply, options),
  )
  app.setNotFoundHandler(() => {
    throw new IsthmusError('CONTROL-REFUSED', 'There is nothing at this address.', {
      detail: { status: 404 },
    })
  })
  for (const route of controlRoutes) serve(app, route, options)
  return listening(app, options)
}

/** On loopback alone until there is an owner, whatever address is asked for. */
async function listening(app: FastifyInstance, options: ControlOptions): Promise<ControlServer> {
  const { ground, address, log, onAddress } = options
  const waits = !ground.people.accounts.hasOwner && !isLoopback(address.host)
  const host = waits ? '127.0.0.1' : address.host
  try {
    await listen(app, { ...address, host })
  } catch (cause) {
    const where = `${host}:${address.port}`
    const text = `The control API cannot listen on ${where}: ${reasonOf(cause)}. Set ISTHMUS_CONTROL_PORT.`
    throw new IsthmusError('CONFIG-INVALID', text, { cause })
  }
  const bound = app.server.address() as AddressInfo
  onAddress(urlOf(bound))
  if (waits) {
    const text = `listens on this machine only until there is an owner, and then on ${address.host}`
    log({ level: 'warn', event: 'control', text })
  }
  ground.people.onOwner = () => {
    onAddress(urlOf(bound))
    if (waits) moveTo(app, { ...address, port: bound.port }, options)
  }
  return { url: urlOf(bound), close: () => app.close() }
}

/** Connections that are there stay. */
function moveTo(app: FastifyInstance, { host, port }: Address, { log, onAddress }: ControlOptions): void {
  app.server.once('error', cause => {
    const text = `cannot listen on ${host}:${port}, and must be started again: ${reasonOf(cause)}`
    log({ level: 'error', event: 'control', text })
  })
  app.server.close()
  app.server.listen({ host, port }, () => {
    onAddress(urlOf(app.server.address() as AddressInfo))
    log({ level: 'info', event: 'control', text: `there is an owner: listens on ${host}:${port} now` })
  })
}

async function listen(app: FastifyInstance, { host, port, orFree }: Address): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    if (!orFree || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await app.listen({ host, port: 0 })
  }
}

/** Where this machine reaches it, also when it listens on every address. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (family === 'IPv6') return `http://[${address === '::' ? '::1' : address}]:${port}`
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`
}

/** Who asks, of requests that were let in. */
const known = new WeakMap<FastifyRequest, Known>()

interface RouteConfig {
  readonly needs?: ControlRoute['needs']
  readonly route?: ControlRoute
}

function letIn(request: FastifyRequest, gate: Gate, { ground }: ControlOptions): void {
  const { needs, route } = request.routeOptions.config as RouteConfig
  if (needs === 'open') {
    if (request.method !== 'GET') gate.requireOwnPage(request)
    known.set(request, nobody)
    return
  }
  const { people } = ground
  const { address, session } = callerOf(request, people.config.url)
  const denial = { address, action: actionOf(route ?? { path: 'nothing' }, undefined) }
  try {
    const found = gate.known(request)
    known.set(request, found)
    if (route) requireSomewhere(route, found)
  } catch (error) {
    const status = Number((error as IsthmusError).detail?.status)
    const { name = '', by = 'none' } = known.get(request)?.actor ?? {}
    // Who gives nothing by which to be known only has to log in.
    if (status !== 401 || request.headers.authorization !== undefined || session !== undefined)
      people.denials.add({ ...denial, actor: name, how: name === '' ? 'none' : by, object: '', status })
    throw error
  }
}

function serve(app: FastifyInstance, route: ControlRoute, options: ControlOptions): void {
  const { method, path, params, query, body, contentType, needs } = route
  const { ground, redactor } = options
  app.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    config: { needs, route },
    ...(needs === 'open' && { bodyLimit: openBodyLimit }),
    schema: { ...(params && { params }), ...(query && { querystring: query }), ...(body && { body }) },
    validatorCompiler: ({ schema, httpPart }) => validator(schema as TSchema, httpPart === 'body'),
    serializerCompiler: () => data => JSON.stringify(data),
    preValidation: async request => signOrder(route, request.body, actorOf(request)),
    handler: async (request, reply) => {
      if (request.query !== undefined && !query) refuseQuery(request.query as object)
      const answer = await answered(route, request, ground)
      const { body, headers = {}, status = 200 } = answer instanceof WiredAnswer ? answer : { body: answer }
      for (const [name, value] of Object.entries(headers)) reply.header(name, value)
      reply.status(status).type(contentType ?? 'application/json; charset=utf-8')
      return reply.send(body instanceof Readable ? body : redactor.data(body))
    },
  })
}

/** Whether who was let in would be let in still; this is no use of a session. */
function isAlive(people: People, { actor, account, session }: Known, request: FastifyRequest): boolean {
  if (actor.by === 'local') return true
  if (session === undefined)
    return people.byToken(headerOf(request, 'authorization')?.slice(7) ?? '') !== undefined
  return people.sessions.isOpen(session) && people.accounts.find(account?.name ?? '')?.disabled !== true
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const given = request.headers[name]
  return typeof given === 'string' ? given : undefined
}

function actorOf(request: FastifyRequest) {
  return (known.get(request) ?? nobody).actor
}

async function answered(
  route: ControlRoute,
  request: FastifyRequest,
  ground: ControlGround,
): Promise<unknown> {
  const { people, operations, landscape } = ground
  const found = known.get(request) ?? nobody
  const { actor } = found
  const asked: ControlRequest = {
    params: request.params,
    query: request.query,
    body: request.body,
    actor,
    known: found,
    caller: callerOf(request, people.config.url),
    lastEventId: headerOf(request, 'last-event-id'),
    alive: () => isAlive(people, found, request),
  }
  try {
    requireAllowed(route, asked)
  } catch (error) {
    const { address } = asked.caller
    const object = Object.values((request.params ?? {}) as object).join('/')
    const denial = { action: actionOf(route, request.body), object, address, status: 403 }
    people.denials.add({ ...denial, actor: actor.name, how: actor.by })
    throw error
  }
  if (ground.forwarding.isElsewhere(route)) return ground.forwarding.ask(route, asked)
  return audited(route, { ...ground, operations: seenOperations(operations, landscape, actor) }, asked)
}

const strict = { strict: true, allErrors: false, discriminator: false } as const
/** They remember what they have compiled, which is most of what a start takes. */
const ofBodies = new Ajv2020(strict)
const ofAddresses = new Ajv2020({ ...strict, coerceTypes: true })

/** Fields that the schema does not know are refused. In addresses, where all is text, numbers may be written. */
function validator(schema: TSchema, isBody: boolean) {
  return (isBody ? ofBodies : ofAddresses).compile(schema)
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
  const fields = { reference, status }
  if (inside) log({ level: 'error', event: 'control', text: `${reference}: ${error.message}`, fields })
  else if (error.cause !== undefined && status !== 400)
    log({ level: 'warn', event: 'control', text: `${reference}: ${detail} ${reasonOf(error.cause)}`, fields })
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : undefined
  const more =
    error instanceof IsthmusError && !inside ? (error.detail.more as object | undefined) : undefined
  const { headers, body } = problem(status, { ...more, code, detail, reference }, challenge)
  return reply
    .status(status)
    .headers({ ...headers })
    .send(JSON.stringify(body))
}

/** It was not the fault of who asks, and may be well again. */
const awayForNow: ReadonlySet<string> = new Set(['STORE-UNAVAILABLE', 'MEMBER-SILENT', 'MEMBER-ELSEWHERE'])

function statusOf(error: FastifyError | IsthmusError): number {
  if (error instanceof IsthmusError) {
    const { status } = error.detail
    if (typeof status === 'number') return status
    if (error.code === 'CONTROL-REFUSED') return 409
    return awayForNow.has(error.code) ? 503 : 500
  }
  return error.validation ? 400 : (error.statusCode ?? 500)
}
