import type { Static, TSchema, TUndefined } from 'typebox'
import type { Landscape } from '../../flow/landscape.ts'
import type { DriftView } from '../drift-view.ts'
import type { LiveFeed } from '../live/live-feed.ts'
import type { LandscapeView } from '../operations/landscape/landscape-view.ts'
import type { ModelsView } from '../operations/landscape/models-view.ts'
import type { HopView } from '../operations/messages/hop-view.ts'
import type { SearchView } from '../operations/messages/search-view.ts'
import type { TraceView } from '../operations/messages/trace-view.ts'
import type { Operations } from '../operations/operations.ts'
import type { Caller } from '../people/caller.ts'
import type { Known, People } from '../people/people.ts'
import type { ActionObject, Actor, Permission } from '../people/permissions.ts'

/** What the control API gives access to. */
export interface ControlGround {
  /** Those of a request show only what its actor may see. */
  readonly operations: Operations
  readonly live: LiveFeed
  readonly people: People
  readonly landscape: Landscape
  readonly views: Views
  readonly forwarding: Elsewhere
  readonly version: string
  /** Name of this instance among those of the company. */
  readonly environment: string
  /** Random; tells callers that it is the instance they look for. */
  readonly instance: string
  health(): { readonly live: boolean; readonly ready: boolean }
  metrics(): Promise<string>
}

/** What a running instance shows of itself beyond its operations. */
export interface Views {
  readonly landscape: LandscapeView
  readonly models: ModelsView
  readonly search: SearchView
  readonly trace: TraceView
  readonly hops: HopView
  readonly drift: DriftView
}

/** Other members of the store, one of which coordinates. */
export interface Elsewhere {
  /** Whether another member has to answer. */
  isElsewhere(route: ControlRoute): boolean
  /** Throws as the route does there, or MEMBER-SILENT. */
  ask(route: ControlRoute, request: ControlRequest): Promise<unknown>
}

/** One address of the control API. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST'
  /** Parameters in braces, as OpenAPI has them. */
  readonly path: string
  readonly summary: string
  /** What who asks must be allowed; `open` is answered to anybody, `self` to everybody who is known. */
  readonly needs: Permission | 'open' | 'self'
  /** What else this request needs, such as `discard` for one of several decisions. */
  more(request: ControlRequest): readonly Permission[]
  /** The flows and systems that are asked about, as far as the request names them; each must be in reach. */
  about(request: ControlRequest): ActionObject | readonly ActionObject[]
  /** A POST that changes nothing, or that writes into the audit by itself. */
  readonly asks: boolean
  /** Only the member that coordinates can answer it: others pass it on. */
  readonly coordinated: boolean
  /** What is changed, as it is: its hash stands in the audit before and after. */
  readonly state: ((ground: ControlGround, request: ControlRequest) => Promise<unknown>) | undefined
  readonly params: TSchema | undefined
  readonly query: TSchema | undefined
  readonly body: TSchema | undefined
  readonly answer: TSchema
  /** Of the answer; JSON if absent. */
  readonly contentType: string | undefined
  /** Is given only what fits the schemas. */
  handle(ground: ControlGround, request: ControlRequest): Promise<unknown>
}

export interface ControlRequest<P = unknown, Q = unknown, B = unknown> {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** Of an open route nobody is known, and may do nothing. */
  readonly actor: Actor
  /** Where a stream goes on, as its header says. */
  readonly lastEventId: string | undefined
  /** Whether the actor is still known: for answers that take long. */
  readonly alive: () => boolean | Promise<boolean>
  /** How the actor is known. */
  readonly known: Known
  readonly caller: Caller
}

/** An answer that is more than its body: cookies, a way to another place. */
export class WiredAnswer {
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly status: number

  constructor(
    body: unknown,
    { headers = {}, status = 200 }: Partial<Pick<WiredAnswer, 'headers' | 'status'>> = {},
  ) {
    this.body = body
    this.headers = headers
    this.status = status
  }
}

/** Declares a route; `handle` is typed by the schemas. */
export function route<
  P extends TSchema = TUndefined,
  Q extends TSchema = TUndefined,
  B extends TSchema = TUndefined,
>(
  path: string,
  summary: string,
  declared: {
    readonly needs: ControlRoute['needs']
    readonly more?: (request: ControlRequest<Static<P>, Static<Q>, Static<B>>) => readonly Permission[]
    /** If absent, `flow` and `system` of path, query and body, and of a filter in the body. */
    readonly about?: (
      request: ControlRequest<Static<P>, Static<Q>, Static<B>>,
    ) => ActionObject | readonly ActionObject[]
    readonly asks?: boolean
    readonly state?: (
      ground: ControlGround,
      request: ControlRequest<Static<P>, Static<Q>, Static<B>>,
    ) => Promise<unknown>
    readonly params?: P
    readonly query?: Q
    readonly body?: B
    readonly answer: TSchema
    readonly contentType?: string
    handle(ground: ControlGround, request: ControlRequest<Static<P>, Static<Q>, Static<B>>): Promise<unknown>
  },
): ControlRoute {
  const { needs, params, query, body, answer, contentType, asks = false } = declared
  return {
    method: body ? 'POST' : 'GET',
    path,
    summary,
    needs,
    more: (declared.more ?? (() => [])) as ControlRoute['more'],
    about: (declared.about ?? namedIn) as ControlRoute['about'],
    asks,
    coordinated: false,
    state: declared.state as ControlRoute['state'],
    params,
    query,
    body,
    answer,
    contentType,
    handle: declared.handle as ControlRoute['handle'],
  }
}

/** Routes about sagas, transactions, pipelines and whatever else one member looks after for all. */
export function coordinated(routes: readonly ControlRoute[]): readonly ControlRoute[] {
  return routes.map(each => ({ ...each, coordinated: true }))
}

function namedIn({ params, query, body }: ControlRequest): ActionObject {
  const { flow, system } = {
    ...(body as { filter?: ActionObject } | undefined)?.filter,
    ...(body as object),
    ...(query as object),
    ...(params as object),
  } as ActionObject
  return { flow, system }
}
