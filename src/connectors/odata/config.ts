import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { Outcomes } from '../http/outcome.ts'
import type { OdataVersion } from './edm.ts'
import type { Filter } from './filter.ts'

/** What an OData system says of itself. */
export interface OdataOptions extends HttpOptions {
  /** The service root, http or https. Nothing is asked for outside of it; redirects are not followed. */
  readonly url: Setting
  /** V2 or V4. The `$metadata` must say the same. */
  readonly version: OdataVersion
  /** A file with the `$metadata`. Default: it is asked of the service at the first use. */
  readonly metadata?: string | undefined
  /** Goes with every request: `{ 'sap-client': '100' }`. Default: nothing. */
  readonly query?: Readonly<Record<string, string>> | undefined
  /**
   * Fetches an X-CSRF-Token with its cookies before the first change, and again when the service says that it is
   * required. A service that gives none is called without. Several
   * `endpoints` must know each other's tokens. Default: true for V2, false for V4.
   */
  readonly csrf?: boolean | undefined
  /** How several records are put into one `$batch`. V2 knows `multipart` only, and some V4 services too. Default `multipart`. */
  readonly batchFormat?: 'multipart' | 'json' | undefined
}

/** What is read of a record. */
export interface ShapeOptions {
  /** Fields that are asked for. Default: those of the model that the set has, and the key. */
  readonly select?: readonly string[] | undefined
  /** Navigations that are read along, in the words of the service: `['lines']`, `['lines($expand=product)']`. Default: none. */
  readonly expand?: readonly string[] | undefined
}

/** A source: what is in an entity set, and what changes there. */
export interface EntitiesOptions<T = unknown> extends ShapeOptions {
  /** Name of the entity set. */
  readonly set: string
  /** Default: every record. */
  readonly filter?: Filter | undefined
  /**
   * Reads from the last change on instead of everything anew: `field` holds when a record was changed last. Each look
   * reaches back by `overlap`, for changes that became visible late; default `30s`.
   */
  readonly changed?: { readonly field: string; readonly overlap?: string | undefined } | undefined
  /**
   * V4: reads by delta links, for services that offer them. `removed` makes a record of the key of one that is not
   * there any more, or gives undefined where that does not matter.
   */
  readonly delta?: { readonly removed: (removed: Removed) => T | undefined } | undefined
  /**
   * How whole sets are read page by page: `keyset` asks for what lies behind the last key; `server` follows the links
   * of the service; `skip` leaves out as many as were read, and may miss records while others are deleted. Default
   * `keyset`; with `changed` there is no other, and with `delta` it is always `server`.
   */
  readonly paging?: 'keyset' | 'server' | 'skip' | undefined
  /** Records a page. Default 500. */
  readonly pageSize?: number | undefined
  /** From the end of a look to the begin of the next. Default `60s`. */
  readonly every?: string | undefined
}

export interface Removed {
  /** The key fields. */
  readonly key: Readonly<Record<string, unknown>>
  /** `changed`: it is still there, and does not match the filter any more. */
  readonly reason: 'deleted' | 'changed'
}

/** A requester: one record by its key. */
export interface GetOptions<I = unknown, O = unknown> extends ShapeOptions {
  /** Name of the entity set. */
  readonly set: string
  /** Has the key fields, by their names in the service. */
  readonly request: Model<I>
  /** What the record must fit. */
  readonly response: Model<O>
  /** What statuses mean where that differs from `defaultOutcomes`. */
  readonly outcomes?: Outcomes | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

/** A requester: a list of the records that match. */
export interface QueryOptions<I = unknown, O = unknown> extends ShapeOptions {
  /** Name of the entity set. */
  readonly set: string
  /** What the filter is made of. */
  readonly request: Model<I>
  /** A list of records. */
  readonly response: Model<O>
  /** The filter of one request, made by `filter`. */
  readonly filter: (data: I) => Filter
  /** `Name desc`. Default: as the service likes. */
  readonly orderby?: string | undefined
  /** Most records of an answer; when there are more, that is an error. Default 100. */
  readonly most?: number | undefined
  /** What statuses mean where that differs from `defaultOutcomes`. */
  readonly outcomes?: Outcomes | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

/** How records are changed. */
export interface ChangeOptions<K extends EffectKind = EffectKind> {
  /** Name of the entity set. */
  readonly set: string
  /** What a repeated call does. */
  readonly effect: Effect<K, false>
  /** Most records in one `$batch`, each in a change set of its own. Sinks only. Default 1: no `$batch`. */
  readonly batch?: number | undefined
  /** What statuses mean where that differs from `defaultOutcomes`. */
  readonly outcomes?: Outcomes | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

export interface CreateOptions<T = unknown, K extends EffectKind = EffectKind> extends ChangeOptions<K> {
  /**
   * How to find out whether a record was created: by its `key`, where the data hold it, or by a filter such as one for
   * a reference of ours. Default: it cannot be found out.
   */
  readonly probe?: CreateProbe<T> | undefined
}

export type CreateProbe<T = unknown> = 'key' | ((data: T) => Filter)

export interface UpdateOptions<T = unknown, K extends EffectKind = EffectKind> extends ChangeOptions<K> {
  /**
   * Default: `PATCH` for V4 and `MERGE` for V2, which leave fields alone that the data do not have. `PUT` sets them back
   * to their defaults.
   */
  readonly method?: 'PATCH' | 'MERGE' | 'PUT' | undefined
  /**
   * The version that must still be there, else the change is refused: the etag that is in the data, or the one that
   * is `read` right before; `any` only asks that the record is there, which some V4 services would make otherwise.
   * Default: none is sent.
   */
  readonly etag?: Etag<T> | undefined
}

export type Etag<T = unknown> = 'read' | 'any' | ((data: T) => string)

/** Makes a requester of a change: the answer is the record as the service has it then. */
export interface AnsweredOptions<I = unknown, O = unknown> {
  /** What the change is made of. */
  readonly request: Model<I>
  /** What the record must fit. */
  readonly response: Model<O>
}

/** A requester: a function, an action, or a function import of V2. */
export interface CallOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind> {
  /** Without namespace. */
  readonly operation: string
  /** For a bound operation: the set of the record, whose key fields are in the data beside the parameters. */
  readonly set?: string | undefined
  /** Has the parameters, by their names in the service. */
  readonly request: Model<I>
  /** What the operation returns. Without one the answer is null. */
  readonly response?: Model<O> | undefined
  /** What a repeated call does. */
  readonly effect: Effect<K, false>
  /** The version of the record of a bound operation that must still be there. Default: none is sent. */
  readonly etag?: Etag<I> | undefined
  /** What statuses mean where that differs from `defaultOutcomes`. */
  readonly outcomes?: Outcomes | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}
