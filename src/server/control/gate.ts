import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { refused } from '../operations/deciding.ts'
import { digest } from '../people/account.ts'
import { type Known, type People, tokenPrefix } from '../people/people.ts'
import { type ActionObject, type Actor, can, canSomewhere } from '../people/permissions.ts'
import type { ControlRequest, ControlRoute } from './route.ts'
import { callerOf } from './wire.ts'

/** The holder of the token of control.json, who may do everything. */
const local: Known = { actor: { name: 'local', grants: [{ role: 'admin' }], by: 'local' } }

/** Who asks an open route: may do nothing. */
export const nobody: Known = { actor: { name: '', grants: [], by: 'session' } }

/** Finds out who asks, before anything else of a request is looked at. */
export class Gate {
  readonly #people: People
  readonly #token: string

  constructor(people: People, token: string) {
    this.#people = people
    this.#token = token
  }

  /** Throws CONTROL-REFUSED: 401 for whoever is not known, 403 for what comes from a page of somebody else. */
  known(request: FastifyRequest): Known {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const known = given === undefined ? this.#bySession(request) : this.#byBearer(given)
    if (known) return known
    throw refused('Log in, or give a token: Authorization: Bearer TOKEN.', 401)
  }

  /** What changes something comes from our own pages. */
  requireOwnPage(request: FastifyRequest): void {
    const { origin, 'sec-fetch-site': site, host } = request.headers
    const own = this.#people.config.url
    const isOwn = (address: string) =>
      own === undefined ? URL.parse(address)?.host === host : address === own
    const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none'
    if (isForeign || (origin !== undefined && !isOwn(origin)))
      throw refused('This comes from a page of another site.', 403, { origin: 'foreign' })
  }

  #byBearer(given: string): Known | undefined {
    if (isSame(given, this.#token)) return local
    return given.startsWith(tokenPrefix) && this.#people.accounts.hasOwner
      ? this.#people.byToken(given)
      : undefined
  }

  #bySession(request: FastifyRequest): Known | undefined {
    const { session } = callerOf(request, this.#people.config.url)
    const known = session === undefined ? undefined : this.#people.bySession(session)
    if (!known || session === undefined || request.method === 'GET') return known
    this.requireOwnPage(request)
    const given = request.headers['x-isthmus-csrf']
    if (typeof given === 'string' && isSame(given, csrfOf(session))) return known
    throw refused('The header x-isthmus-csrf is missing or wrong.', 403, { csrf: 'wrong' })
  }
}

/** Made of the session's secret, which no page can read. */
export function csrfOf(session: string): string {
  return digest(`csrf ${session}`)
}

function isSame(a: string, b: string): boolean {
  const digestOf = (text: string) => hash('sha256', text, 'buffer')
  return timingSafeEqual(digestOf(a), digestOf(b))
}

/** Before a request is looked at: whether there can be anything for which it is allowed. */
export function requireSomewhere({ needs }: Pick<ControlRoute, 'needs'>, { actor, must }: Known): void {
  if (needs === 'open' || needs === 'self' || canSomewhere(actor, needs)) return
  throw denied(needs, must)
}

/** Throws CONTROL-REFUSED (403) that names what is missing. */
export function requireAllowed(route: ControlRoute, request: ControlRequest): void {
  const { actor, must } = request.known
  if (route.needs === 'open' || route.needs === 'self') return
  const unmasked = asksUnmasked(request) ? (['personal'] as const) : []
  const objects = [route.about(request)].flat() as readonly ActionObject[]
  for (const permission of [route.needs, ...route.more(request), ...unmasked])
    for (const object of objects) {
      const verdict = can(actor, permission, object)
      if (!verdict.allowed) throw denied(verdict.missing, must)
    }
}

/** Of lists this needs a grant without scope, as whatever names nothing does. */
export function asksUnmasked({ query, body }: Pick<ControlRequest, 'query' | 'body'>): boolean {
  const asked = { ...(body as object), ...(query as object) } as { showPii?: boolean }
  return asked.showPii === true
}

function denied(missing: string, must: Known['must']) {
  if (must) return refused('Set up a second factor first.', 403, { missing, must })
  return refused(`This needs the permission "${missing}".`, 403, { missing })
}

/** Orders are given in the name of who is known; only who runs the instance says who it is. */
export function signOrder({ body: schema }: ControlRoute, body: unknown, { name, by }: Actor): void {
  if (by === 'local' || typeof body !== 'object' || body === null) return
  for (const [order, properties] of signed(schema as Shape | undefined, body)) {
    if (!('by' in properties)) continue
    if (order.by !== undefined && order.by !== name)
      throw refused(`You are ${name}: an order is given in one's own name.`, 403, { by: name })
    order.by = name
  }
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
}

/** Where a body may say who orders: in itself, or in the decision that it holds. */
function* signed(
  schema: Shape | undefined,
  body: object,
): Generator<[order: { by?: unknown }, properties: object]> {
  if (!schema?.properties) return
  yield [body, schema.properties]
  const { decision } = body as { decision?: unknown }
  const inner = schema.properties.decision?.properties
  if (inner && typeof decision === 'object' && decision !== null) yield [decision, inner]
}
