import type { Static, TSchema, TUndefined } from 'typebox'
import type { Landscape } from '../../flow/landscape.ts'
import type { Operations } from '../operations/operations.ts'

/** What the control API gives access to. */
export interface ControlGround {
  readonly operations: Operations
  readonly landscape: Landscape
  readonly version: string
  /** Random; tells callers that it is the instance they look for. */
  readonly instance: string
  health(): { readonly live: boolean; readonly ready: boolean }
  metrics(): Promise<string>
}

/** One address of the control API. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST'
  /** Parameters in braces, as OpenAPI has them. */
  readonly path: string
  readonly summary: string
  /** `open` is answered without the token. */
  readonly access: 'open' | 'token'
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
    readonly access?: 'open'
    readonly params?: P
    readonly query?: Q
    readonly body?: B
    readonly answer: TSchema
    readonly contentType?: string
    handle(ground: ControlGround, request: ControlRequest<Static<P>, Static<Q>, Static<B>>): Promise<unknown>
  },
): ControlRoute {
  const { access = 'token', params, query, body, answer, contentType } = declared
  const handle = declared.handle as ControlRoute['handle']
  return {
    method: body ? 'POST' : 'GET',
    path,
    summary,
    access,
    params,
    query,
    body,
    answer,
    contentType,
    handle,
  }
}
