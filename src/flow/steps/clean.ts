import type { Cleaner } from '../../model/clean/cleaner.ts'

/** Puts fields into the form they should have. */
export interface CleanStep {
  readonly kind: 'clean'
  readonly id: string
  readonly rules: Readonly<Record<string, readonly Cleaner<never, unknown>[]>>
}

/** What may be said of each field: one cleaner, which may change its type, or several in a row, which keep it. */
export type CleanRules<T> = {
  readonly [K in keyof T]?: Cleaner<T[K], unknown> | readonly Cleaner<T[K], T[K]>[]
}

/** The data after the rules. */
export type Cleaned<T, R> = {
  [K in keyof T]: K extends keyof R ? (R[K] extends Cleaner<never, infer O> ? O : T[K]) : T[K]
}

export function cleanStep(id: string, rules: object): CleanStep {
  const lists = Object.entries(rules).map(([field, rule]) => [field, Array.isArray(rule) ? rule : [rule]])
  return Object.freeze({ kind: 'clean', id, rules: Object.freeze(Object.fromEntries(lists)) })
}
