/** Where a connection registers the addresses at which it wants to be called. */
export interface RouteTable {
  /** Throws FLOW-DEFINITION if another channel has taken the same method and path. Gives the function that removes it. */
  add(route: Route): () => void
}

export interface Route {
  readonly method: 'POST' | 'PUT' | 'GET'
  /** Begins with a slash; no patterns. */
  readonly path: string
  /** Largest body in bytes; a larger one is answered 413 before `handle` is called. */
  readonly limit: number
  handle(request: InboundRequest): Promise<OutboundResponse>
}

export interface InboundRequest {
  /** Lower-case names. A header sent more than once is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly query: string
  /** The bytes as they came. */
  readonly body: Uint8Array
}

export interface OutboundResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object
}
