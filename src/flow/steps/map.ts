import type { Mapping } from '../../model/mapping.ts'

/** Translates into another model; a result that does not fit that model is a defect of the message. */
export interface MapStep {
  readonly kind: 'map'
  readonly id: string
  readonly mapping: Mapping<unknown, unknown>
}

export function mapStep<From, To>(id: string, mapping: Mapping<From, To>): MapStep {
  return Object.freeze({ kind: 'map', id, mapping: mapping as unknown as MapStep['mapping'] })
}
