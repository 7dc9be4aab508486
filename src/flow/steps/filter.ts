/** Lets a message pass, or ends it as filtered. */
export interface FilterStep {
  readonly kind: 'filter'
  readonly id: string
  keep(data: unknown): boolean
}

export function filterStep(id: string, keep: (data: never) => boolean): FilterStep {
  return Object.freeze({ kind: 'filter', id, keep: keep as FilterStep['keep'] })
}
