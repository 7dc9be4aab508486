/**
 * Runs the body of the first branch whose condition holds (content-based router); then the message goes on
 * as it was, unless the branch filtered it.
 */
export interface RouteStep<S = unknown> {
  readonly kind: 'route'
  readonly id: string
  readonly branches: readonly Branch<S>[]
}

export interface Branch<S = unknown> {
  readonly name: string
  when(data: unknown): boolean
  readonly body: readonly S[]
}

export function routeStep<S>(id: string, branches: readonly Branch<S>[]): RouteStep<S> {
  return Object.freeze({ kind: 'route', id, branches: Object.freeze([...branches]) })
}
