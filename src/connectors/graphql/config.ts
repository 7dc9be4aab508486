import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Outgoing } from '../../system/roles.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { Failures, GraphqlErrors } from './outcome.ts'

/** What a GraphQL system says of itself. */
export interface GraphqlOptions extends HttpOptions {
  /** http or https. Nothing is sent to another origin; redirects are not followed. */
  readonly url: Setting
  /**
   * The system's schema: path or URL of a document in SDL, or of the JSON of an introspection. The documents of all
   * channels are validated against it when the connection opens, so that a wrong field is found at the start. Default:
   * they are only parsed.
   */
  readonly schema?: string | undefined
  /** What errors mean where that differs from `defaultGraphqlErrors`. */
  readonly errors?: GraphqlErrors | undefined
  /** Needed only where subscriptions are not opened at `url`, or want a payload. Default: at `url`, without one. */
  readonly subscriptions?: SubscriptionOptions | undefined
}

/**
 * How subscriptions are opened, by graphql-transport-ws over WebSocket: with `auth` and `tls` of the system, and at one
 * address, whatever its `endpoints` are. Of its `timeouts`, `connect` and `firstByte` count; `responseLimit` is that of
 * one event.
 */
export interface SubscriptionOptions {
  /** ws or wss. Default: `url`, with ws for http. */
  readonly url?: Setting | undefined
  /** The payload of `connection_init`, for servers that look for credentials there. `auth` is sent as a header anyway. */
  readonly payload?:
    | ((resolve: (setting: Setting) => string) => Readonly<Record<string, unknown>>)
    | undefined
}

/**
 * The text of one operation, with its fragments; or what code generators make of it, a `TypedDocumentNode` or
 * `TypedDocumentString`. `V` is the type of its variables.
 */
export type Document<V = Variables> =
  | string
  | ((
      | { readonly kind: string; readonly definitions: readonly object[] }
      | { readonly length: number; toString(): string; charAt(at: number): string }
    ) & { readonly __apiType?: ((variables: V) => unknown) | undefined })

export type Variables = object

/** What `variables` is given beside the data. */
export interface CallContext {
  /** Stable over attempts and restarts: for mutations that take an idempotency key. */
  readonly effectKey: string
}

/** How an answer is looked at. */
export interface AnswerOptions {
  /** Where the answer stands in `data`: `orderCreate.order`. Default: `data` itself. */
  readonly at?: string | undefined
  /**
   * Failures that come as data: what a `__typename` at `at` means, or a function of what stands there. The document
   * has to select `__typename` for the table.
   */
  readonly failures?: Failures | undefined
  /**
   * Where in `data` a list of failures stands: `orderCreate.userErrors`. If it is not empty the call has failed; by its
   * `code`, if `errors` knows it, else it is refused.
   */
  readonly userErrors?: string | undefined
  /** What errors mean where that differs from the system's `errors`. */
  readonly errors?: GraphqlErrors | undefined
}

export interface MutationOptions<T = unknown, K extends EffectKind = EffectKind, V = Variables>
  extends AnswerOptions {
  /** One mutation (of a query channel: one query). */
  readonly document: Document<V>
  /** Default: the data itself. */
  readonly variables?: ((data: T, call: CallContext) => V) | undefined
  /** Idempotent mutations send the effect key as header `idempotency-key` too. */
  readonly effect: Effect<K, false>
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

export interface RequestOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind, V = Variables>
  extends MutationOptions<I, K, V> {
  /** Of the data. */
  readonly request: Model<I>
  /** Of what stands at `at`. Without one the answer is null. */
  readonly response?: Model<O> | undefined
}

export type QueryOptions<I = unknown, O = unknown, V = Variables> = Omit<
  RequestOptions<I, O, 'read', V>,
  'effect' | 'response'
> & {
  /** Of what stands at `at`. */
  readonly response: Model<O>
  /** A query reads, also where that is not said. */
  readonly effect?: Effect<'read', false> | undefined
}

/** A query that asks whether a mutation has happened. */
export interface Probe<T = unknown, O = unknown> {
  /** One query. */
  readonly document: Document<never>
  /** Of the message that may have happened, with its effect key. */
  readonly variables: (item: Outgoing<T>) => Variables
  /** Where `done` and `result` look. Default: `data` itself. */
  readonly at?: string | undefined
  /** Whether the answer says that it has. If not, the mutation is sent again. */
  readonly done: (answer: unknown) => boolean
  /** The channel's answer out of the probe's. Default: what stands at `at`. */
  readonly result?: ((answer: unknown) => O) | undefined
}

/** What a page is asked for. */
export interface Page {
  /** Most records of the page. */
  readonly size: number
  /** The cursor behind which the page begins, of a connection; undefined for the first page. */
  readonly after: string | undefined
  /** How many records are left out, of a list by offset. */
  readonly offset: number
  /** ISO 8601, UTC: what changed before need not come. Undefined at the first look, and where nothing says `changed`. */
  readonly since: string | undefined
}

/** A list of records, and how it is asked for. */
export interface ListQuery<T = unknown> {
  /** One query. */
  readonly document: Document<never>
  /** Where the list, or the connection, stands in `data`. */
  readonly at: string
  /**
   * `connection`: `edges { node }` or `nodes`, with `pageInfo { hasNextPage endCursor }`. `offset`: a list that is asked
   * for in pieces. `none`: all of it comes at once. Default `connection`.
   */
  readonly paging?: 'connection' | 'offset' | 'none' | undefined
  /** Most records of a page. Default 100. */
  readonly size?: number | undefined
  /**
   * Default: those of `first`, `after`, `limit`, `offset` and `since` that the document declares; `first` and `limit`
   * are the size.
   */
  readonly variables?: ((page: Page) => Variables) | undefined
  /**
   * The time of a record's last change: ISO 8601 with zone, or milliseconds since 1970 UTC. With it, and `since` in the
   * document, a look asks only for what changed; without it every look reads the whole list.
   */
  readonly changed?: ((record: T) => string | number) | undefined
  /**
   * How far every look reaches back, for records that were committed later than their time says. One that takes longer
   * is missed. Default `1m`.
   */
  readonly overlap?: string | undefined
}

export interface ListOptions<T = unknown> extends ListQuery<T> {
  /** Tells records apart. */
  readonly id: (record: T) => string
  /** Pause between two looks. Default `1m`. */
  readonly every?: string | undefined
  /** What errors mean where that differs from the system's `errors`. */
  readonly errors?: GraphqlErrors | undefined
}

/** A list whose records are those of the subscription's events, at `at`: the same fields in the same order. */
export interface CatchUp<T = unknown> extends ListQuery<T> {
  /** Pause between two looks while the subscription is open. Default `10m`. */
  readonly every?: string | undefined
}

interface SubscribeBase {
  /** One subscription. */
  readonly document: Document<never>
  /** Default: none. */
  readonly variables?: Variables | undefined
  /** Where the event stands in `data`. Default: `data` itself. */
  readonly at?: string | undefined
  /** Most events that wait to be accepted; above that the subscription ends with an error. Default 1000. */
  readonly buffer?: number | undefined
  /** What errors mean where that differs from the system's `errors`. */
  readonly errors?: GraphqlErrors | undefined
}

/**
 * A subscription tells nothing of what happened while it was not open. `missed` says what becomes of that: it is
 * `lost`, or a list is read whenever the subscription opens, and now and then while it is open.
 */
export type SubscribeOptions<T = unknown> = SubscribeBase &
  (
    | {
        /** What happens while the subscription is not open is lost, or is read as a list. */
        readonly missed: 'lost'
        /** Tells events apart. Without it they have no identity. */
        readonly id?: ((event: T) => string) | undefined
      }
    | {
        /** The list that is read whenever the subscription opens, and now and then. */
        readonly missed: CatchUp<T>
        /** Tells records apart. */
        readonly id: (event: T) => string
      }
  )
