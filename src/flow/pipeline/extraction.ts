import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { Cleaned, CleanRules } from '../../model/clean/clean-row.ts'
import type { Rule } from '../../model/clean/rule.ts'
import { type Fields, mapping } from '../../model/mapping.ts'
import { type Model, modelId } from '../../model/model.ts'
import { channelId, type RequesterChannel, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Effect } from '../../system/effect.ts'
import type { Step } from '../step.ts'
import { cleanStep } from '../steps/clean.ts'
import { filterStep } from '../steps/filter.ts'
import { mapStep } from '../steps/map.ts'
import { validateStep } from '../steps/validate.ts'

/** What a run asks of a system. Instants are RFC 3339 in UTC. */
export interface Reading {
  /** The period of the run: from, and until (excluded). */
  readonly from: string
  readonly until: string
  /**
   * The mark of the last published run, less the overlap: read what changed since. Undefined at the first run, and in a
   * run of everything.
   */
  readonly since?: string | undefined
}

/** How a query is asked. */
export interface QueryReading<I, O, T> {
  /** One request, or several that are asked side by side: parts of one answer. */
  readonly request: (reading: Reading) => I | readonly I[]
  /** The rows of an answer. */
  readonly rows: (answer: O) => readonly T[]
  /** The request for the next page, behind this answer; undefined behind the last one. Without it there is one page. */
  readonly next?: ((answer: O, request: I) => I | undefined) | undefined
  /** Requests that are asked at a time. Default 1. */
  readonly parallel?: number | undefined
  /**
   * Reads what changed: the time or number of a row, growing with every change. The highest one of a published run is the
   * `since` of the next.
   */
  readonly mark?: ((row: T) => string) | undefined
  /** How far `since` reaches back before the mark, for changes that were committed late: `10m`. Times only. Default none. */
  readonly overlap?: string | undefined
}

/** Where rows come from. */
export type RowSource =
  | { readonly kind: 'source'; readonly channel: SourceChannel<unknown> }
  | {
      readonly kind: 'query'
      readonly channel: RequesterChannel<unknown, unknown>
      readonly reading: QueryReading<unknown, unknown, unknown>
    }

const readingNames: OptionNames<QueryReading<unknown, unknown, unknown>> = {
  request: 'needed',
  rows: 'needed',
  next: true,
  parallel: true,
  mark: true,
  overlap: true,
}

/** Rows of a system on their way into a table: where from, and the pure steps for each. Each call gives a new one. */
export class Extraction<T> {
  readonly kind = 'extraction'
  readonly source: RowSource
  readonly steps: readonly Step[]
  readonly #model: Model | undefined

  constructor(source: RowSource, steps: readonly Step[], model: Model | undefined) {
    this.source = source
    this.steps = Object.freeze([...steps])
    this.#model = model
    Object.freeze(this)
  }

  /** Rows for which `keep` is false are left out, and counted as filtered; `reason` names the step. */
  filter(reason: string, keep: (row: T) => boolean): Extraction<T> {
    return this.#with(filterStep(reason, keep), this.#model)
  }

  clean<const R extends CleanRules<T>>(rules: R): Extraction<Cleaned<T, R>> {
    return this.#with(cleanStep(this.#freeId('clean'), rules), undefined)
  }

  map<To>(to: Model<To>, fields: NoInfer<Fields<T, To>>): Extraction<To> {
    return this.#with(mapStep(this.#freeId(`map-${to.name}`), mapping(to, fields)), to)
  }

  /** Rows that break a rule of the severity `park`, or do not fit the model, are set aside. */
  validate(rules: readonly Rule<T>[]): Extraction<T>
  validate(model: Model<T>, rules?: readonly Rule<T>[]): Extraction<T>
  validate(first: Model<T> | readonly Rule<T>[], rules: readonly Rule<T>[] = []): Extraction<T> {
    if (!('name' in first))
      return this.#with(validateStep(this.#freeId('validate'), undefined, first), this.#model)
    return this.#with(validateStep(this.#freeId(`validate-${modelId(first)}`), first, rules), first)
  }

  #with<U>(step: Step, model: Model | undefined): Extraction<U> {
    return new Extraction<U>(this.source, [...this.steps, step], model)
  }

  #freeId(wish: string): string {
    const used = new Set(this.steps.map(step => step.id))
    let id = wish
    for (let n = 2; used.has(id); n++) id = `${wish}-${n}`
    return id
  }
}

/**
 * Rows of a source: everything that it has now, where looking takes nothing away; its place does not move. Or rows of a
 * query: of any requester that only reads, page by page. Functions must be pure: a task that failed runs again.
 */
export function extract<T>(source: SourceChannel<T>): Extraction<T>
export function extract<I, O, T>(
  query: RequesterChannel<I, O, Effect<'read'>>,
  reading: QueryReading<I, O, T>,
): Extraction<T>
export function extract(
  channel: SourceChannel<unknown> | RequesterChannel<unknown, unknown>,
  reading?: QueryReading<unknown, unknown, unknown>,
): Extraction<unknown> {
  if (channel.role === 'source') return new Extraction({ kind: 'source', channel }, [], channel.model)
  checkOptionNames(`extract(${channelId(channel)})`, reading ?? {}, readingNames)
  if (reading?.overlap !== undefined) parseDuration(reading.overlap)
  const query = reading as QueryReading<unknown, unknown, unknown>
  return new Extraction({ kind: 'query', channel, reading: Object.freeze({ ...query }) }, [], undefined)
}
