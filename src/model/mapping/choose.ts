import { noAnswer } from '../probing.ts'

/**
 * The case of a value. Where its type is an enumeration the compiler demands a case for each; a value that has none all
 * the same parks the message. All cases are computed, so that lineage knows what each is made of.
 */
export function choose<V extends string | number, R>(value: V, cases: Readonly<Record<V, R>>): R
/** With an answer for every other value, also for none. */
export function choose<V extends string | number, R>(
  value: V | undefined | null,
  cases: Readonly<Partial<Record<V, R>>>,
  otherwise: R,
): R
export function choose<R>(
  value: string | number | undefined | null,
  cases: Readonly<Record<string, R>>,
  ...otherwise: [R?]
): R {
  if (value !== undefined && value !== null && Object.hasOwn(cases, value)) return cases[value] as R
  if (otherwise.length > 0) return otherwise[0] as R
  const known = Object.keys(cases)
  return noAnswer(
    `There is no case for ${JSON.stringify(value)}, only for ${known.join(', ')}.`,
    cases[known[0] ?? ''] as R,
  )
}
