import type { Json } from '../../message/json-value.ts'
import type { Model } from '../../model/model.ts'
import type { Setting } from '../../system/setting.ts'
import type { BsonTypes, BsonValue } from './typed.ts'

export interface MongoOptions {
  /**
   * `mongodb://user:password@host/database`, or `mongodb+srv://`. TLS, replica set and authentication are said there,
   * as for every driver of MongoDB.
   */
  readonly url: Setting
  /** Name of the database. Default: the one in `url`. */
  readonly database?: string | undefined
  /** Most connections to each server. Default 10. */
  readonly connections?: number | undefined
  /** How long to wait for a server that can be used, for connecting, and for a free connection. Default `5s`. */
  readonly connectTimeout?: string | undefined
  /** How long one call may take. Default `30s`. */
  readonly callTimeout?: string | undefined
  /** Longest answer of a requester in bytes of BSON. Default 8 MiB. */
  readonly responseLimit?: number | undefined
}

interface CollectionBase {
  /** Its name in the database. */
  readonly collection: string
  /** Fields that are to be more than JSON in the database, by path: `{ amount: 'decimal', at: 'date' }`. */
  readonly types?: BsonTypes | undefined
}

/** Each record becomes a new document. */
export interface InsertOptions extends CollectionBase {
  /** Documents are only added. */
  readonly mode: 'insert'
}

/**
 * Each record sets its fields in the document that has its key, or becomes a new document. What the record does not
 * mention stays as it is. A field that is an object or a list is replaced whole.
 */
export interface UpsertOptions<T> extends CollectionBase {
  /** Documents are changed or added. */
  readonly mode: 'upsert'
  /** Fields that tell which document. The collection needs a unique index on them; `_id` always has one. */
  readonly key: readonly (keyof T & string)[]
  /**
   * How many effect keys a document remembers, in its field `_isthmus`. A repeat after more than so many other writes
   * of the same document is not recognized. Default 20.
   */
  readonly remember?: number | undefined
}

export type CollectionOptions<T> = InsertOptions | UpsertOptions<T>

/** One event of a collection. */
export interface Change {
  /** What happened to the document. */
  readonly operation: 'insert' | 'update' | 'replace' | 'delete'
  /** The `_id` of the document, as JSON. */
  readonly key: Json
  /** The document, as JSON: of an update as it is when it is read, which may be later. Absent if it is gone by then. */
  readonly document: Readonly<Record<string, unknown>> | undefined
  /** When it happened, in milliseconds since 1970 UTC. */
  readonly time: number | undefined
}

export interface ChangesOptions {
  /** Its name in the database. */
  readonly collection: string
  /**
   * Where the very first start begins: with what happens from now on, or with a copy of all documents that there are,
   * followed by what happened since the copying began. Default `now`.
   */
  readonly from?: 'now' | 'beginning' | undefined
  /**
   * The record of a change; undefined leaves the change out. It gets documents with all their fields. Default: the
   * document, with the fields of the model; deletions are left out.
   */
  readonly record?: ((change: Change) => unknown) | undefined
}

export interface ModifiedOptions {
  /** Its name in the database. */
  readonly collection: string
  /** A field that holds the date of the last change; documents in which it is no date are not seen. It needs an index. */
  readonly time: string
  /** Pause between two looks. Default `5s`. */
  readonly every?: string | undefined
  /**
   * How far every look reaches back, for documents that became visible later than their date says. One that takes
   * longer is missed. Default `30s`.
   */
  readonly overlap?: string | undefined
}

export interface AnswerOptions<I, O> {
  /** Its name in the database. */
  readonly collection: string
  /** What the query is made of. */
  readonly request: Model<I>
  /** Model of one document if `one` is set, else of the list of documents. */
  readonly response: Model<O>
  /** Answers the one document: none is refused, several are an error. */
  readonly one?: boolean | undefined
  /** Most documents of an answer; more are an error. Default 1000. */
  readonly limit?: number | undefined
  /** Most calls of this channel at a time. Default 8. */
  readonly concurrency?: number | undefined
}

type Fields = { readonly [name: string]: BsonValue }

export interface FindOptions<I, O> extends AnswerOptions<I, O> {
  /** The filter of one request. `$where` and other JavaScript are refused. */
  readonly filter: (request: I) => Fields
  /** Field to direction, the first field first. */
  readonly sort?: Readonly<Record<string, 1 | -1>> | undefined
  /** The fields to be sent: `{ name: 1 }`. Default: all, of which those of the model are kept. */
  readonly projection?: Fields | undefined
}

export interface AggregateOptions<I, O> extends AnswerOptions<I, O> {
  /** Stages that read. `$out` and `$merge` are refused, and so is JavaScript that would run in the server. */
  readonly pipeline: (request: I) => readonly Fields[]
}
