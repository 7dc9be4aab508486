import { type Lineage, probeLineage } from './lineage.ts'
import type { Model } from './model.ts'

/** One function per field of the target: required fields must be there, optional ones may, others do not compile. */
export type Fields<From, To> = {
  readonly [K in keyof To]: (source: From) => To[K]
}

/** A pure, declared, field-by-field translation into a model. */
export interface Mapping<From, To> {
  readonly to: Model<To>
  readonly fields: Fields<From, To>
  apply(source: From): To
  /** Which fields of the source each target field reads, found by running its function on samples of the source. */
  lineage(source: { readonly jsonSchema: Readonly<Record<string, unknown>> }): Lineage
}

export function mapping<From, To>(to: Model<To>, fields: Fields<From, To>): Mapping<From, To> {
  const entries = Object.entries(fields) as [keyof To & string, (source: From) => unknown][]
  // Two lists are read faster than one of pairs.
  const names = entries.map(([name]) => name)
  const functions = entries.map(([, field]) => field)
  const apply = (source: From): To => {
    const target: Record<string, unknown> = {}
    for (let at = 0; at < functions.length; at++) {
      const value = (functions[at] as (source: From) => unknown)(source)
      if (value !== undefined) target[names[at] as string] = value
    }
    return target as To
  }
  const lineage: Mapping<From, To>['lineage'] = source => probeLineage(entries, source.jsonSchema)
  return Object.freeze({ to, fields: Object.freeze({ ...fields }), apply, lineage })
}
