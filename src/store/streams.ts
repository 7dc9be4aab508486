import type { Json } from '../message/json-value.ts'

/*
 * Append-only logs, one for each thing that has a life of its own: a saga, an aggregate, a transaction. The state of
 * the thing is the fold of its events; whatever else the store keeps of it can be made anew from them.
 */

/** Names a stream: what sort of thing (`saga/order-to-cash`) and which one (`SO-4711`). */
export interface StreamName {
  readonly kind: string
  readonly key: string
}

export interface StreamAppend extends StreamName {
  /** How many events the stream has, as far as the caller knows; 0 for a new one. */
  readonly version: number
  /** At least one; without any, the append is answered by a conflict. */
  readonly events: readonly NewEvent[]
  /** What the thing is now, in one word, by which it is found. Kept as it was if absent. */
  readonly state?: string | undefined
  /** Whether more is expected to come; true if absent. Only a closed stream may be retired. */
  readonly open?: boolean | undefined
  /** The fold of all events, these included, so that readers need not begin at the first. */
  readonly snapshot?: Json | undefined
}

export interface NewEvent {
  readonly type: string
  readonly data: Json
  /** Milliseconds since 1970 UTC. */
  readonly at: number
}

export interface StreamEvent extends StreamName, NewEvent {
  /** 1 for the first of its stream. */
  readonly version: number
  /** Grows with every event of the store: a reader that has seen one has seen every lower one, or never will. */
  readonly position: number
}

/** What is known of a stream without reading its events. */
export interface StreamHead extends StreamName {
  readonly version: number
  readonly state: string
  readonly open: boolean
  /** Milliseconds since 1970 UTC: of the first and the last event. */
  readonly began: number
  readonly changed: number
  readonly snapshot?: { readonly version: number; readonly data: Json } | undefined
}

export interface StreamReader {
  /** Undefined if the stream has no event. */
  head(name: StreamName): Promise<StreamHead | undefined>
  /** Events of one stream behind version `after` (0 if absent), in order, at most `limit`. */
  events(query: StreamName & { readonly after?: number; readonly limit: number }): Promise<StreamEvent[]>
  /**
   * Streams in order of kind and key, each by the bytes of its UTF-8, at most `limit`. Names that are the same for
   * 900 bytes, or that are not well-formed text, come in any order, which stays the same.
   */
  heads(query: StreamQuery): Promise<StreamHead[]>
  /** Events of all streams of a kind behind `position`, in the order of positions, at most `limit`. */
  log(query: {
    readonly kind: string
    readonly after: number
    readonly limit: number
  }): Promise<StreamEvent[]>
}

export interface StreamQuery {
  readonly kind?: string | undefined
  readonly states?: readonly string[] | undefined
  readonly open?: boolean | undefined
  /** Behind this one. */
  readonly after?: StreamName | undefined
  readonly limit: number
}
