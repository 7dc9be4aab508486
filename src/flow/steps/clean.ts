import type { RowRules } from '../../model/clean/clean-row.ts'

/** Puts fields into the form they should have. */
export interface CleanStep {
  readonly kind: 'clean'
  readonly id: string
  readonly rules: RowRules
}

export function cleanStep(id: string, rules: object): CleanStep {
  return Object.freeze({ kind: 'clean', id, rules: Object.freeze({ ...rules }) })
}
