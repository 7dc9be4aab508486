import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Cleaner } from './cleaner.ts'

/**
 * What may be said of each field: one cleaner, which may change its type, several in a row, which keep it, or the rules
 * of the object in it; those of a list hold for each of its elements.
 */
export type CleanRules<T> = {
  readonly [K in keyof T]?: FieldRules<NonNullable<T[K]>>
}

type FieldRules<V> = Cleaner<V, unknown> | readonly Cleaner<V, V>[] | InnerRules<V>

type InnerRules<V> = V extends readonly (infer E)[]
  ? E extends object
    ? CleanRules<E>
    : never
  : V extends object
    ? CleanRules<V>
    : never

/** The data after the rules. A field that may be absent or null still may be. */
export type Cleaned<T, R> = {
  [K in keyof T]: K extends keyof R ? CleanedField<T[K], R[K]> : T[K]
}

type CleanedField<V, R> =
  R extends Cleaner<never, infer O>
    ? O | Extract<V, null | undefined>
    : R extends readonly unknown[] | undefined
      ? V
      : V extends (infer E)[]
        ? Cleaned<E, R>[]
        : V extends readonly (infer E)[]
          ? readonly Cleaned<E, R>[]
          : V extends object
            ? Cleaned<V, R>
            : V

/** Any rules, of a row of which nothing is known. */
export interface RowRules {
  readonly [field: string]:
    | Cleaner<never, unknown>
    | readonly Cleaner<never, unknown>[]
    | RowRules
    | undefined
}

/** What one cleaner made of one value. */
export interface CleanChange {
  /** Its path: `code`, `lines[2].quantity`. */
  readonly field: string
  /** The cleaner, as it is called. */
  readonly rule: string
  readonly cleaner: Cleaner<never, unknown>
  readonly before: unknown
  readonly after: unknown
}

/** Told of each change; not of cleaners that left a value as it was. */
export type Told = (change: CleanChange) => void

type Row = Readonly<Record<string, unknown>>

/**
 * The one place that applies rules to a row. Gives another row, or the same where nothing changed; the row given is left as
 * it is. What is absent or null stays so: cleaning never makes up data. Throws CLEAN-VALUE, which names every field that
 * cannot be cleaned, with the reason of its cleaner; `told` has then been told of the changes so far.
 */
export function cleanRow<T extends object, const R extends CleanRules<T>>(
  rules: R,
  row: T,
  told?: Told,
): Cleaned<T, R> {
  return rowCleaner(rules as RowRules)(row as Row, told) as Cleaned<T, R>
}

/** The same for who has many rows of one kind, or rows of which nothing is known. Rules are made ready once. */
export function rowCleaner(rules: RowRules): (row: Row, told?: Told) => Row {
  let ready = known.get(rules)
  if (!ready) {
    const fields = fieldsOf(rules)
    ready = (row, told) => {
      const problems: Problem[] = []
      const cleaned = cleanFields(fields, row, '', told, problems)
      if (problems.length > 0) throw refusal(problems)
      return cleaned
    }
    known.set(rules, ready)
  }
  return ready
}

/** Every cleaner of the rules with the path of its field; `[]` stands for each element of a list, or for one object. */
export function cleanersOf(
  rules: RowRules,
  path = '',
): (readonly [field: string, Cleaner<never, unknown>])[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const field = path + name
    if (rule === undefined) return []
    if (typeof rule === 'function') return [[field, rule] as const]
    if (isList(rule)) return rule.map(each => [field, each] as const)
    return cleanersOf(rule, `${field}.`)
  })
}

const known = new WeakMap<object, (row: Row, told?: Told) => Row>()

type AnyCleaner = Cleaner<unknown, unknown>

interface Field {
  readonly name: string
  readonly cleaners: readonly AnyCleaner[]
  readonly inner: readonly Field[] | undefined
}

interface Problem {
  readonly path: string
  readonly rule: string
  readonly cause: unknown
}

function fieldsOf(rules: RowRules): Field[] {
  return Object.entries(rules).flatMap(([name, rule]): Field[] => {
    if (rule === undefined) return []
    if (typeof rule === 'function') return [{ name, cleaners: [rule as AnyCleaner], inner: undefined }]
    if (isList(rule)) return [{ name, cleaners: rule as readonly AnyCleaner[], inner: undefined }]
    return [{ name, cleaners: [], inner: fieldsOf(rule) }]
  })
}

function isList(rule: object): rule is readonly Cleaner<never, unknown>[] {
  return Array.isArray(rule)
}

function cleanFields(
  fields: readonly Field[],
  row: Row,
  path: string,
  told: Told | undefined,
  problems: Problem[],
): Row {
  let cleaned: Record<string, unknown> | undefined
  for (const field of fields) {
    const { name, inner } = field
    const value = row[name]
    // Data hold no functions: one that is found comes from every object, such as `constructor`.
    if (value === undefined || value === null || typeof value === 'function') continue
    const made = inner
      ? cleanInner(inner, value, path + name, told, problems)
      : cleanValue(field, value, path, told, problems)
    if (made === value) continue
    cleaned ??= { ...row }
    cleaned[name] = made
  }
  return cleaned ?? row
}

function cleanValue(
  field: Field,
  value: unknown,
  path: string,
  told: Told | undefined,
  problems: Problem[],
): unknown {
  let now = value
  for (const cleaner of field.cleaners) {
    // A cleaner before may have found that there is nothing.
    if (now === undefined || now === null) return now
    const before = now
    try {
      now = cleaner(before)
    } catch (cause) {
      problems.push({ path: path + field.name, rule: nameOf(cleaner), cause })
      return value
    }
    if (told && now !== before)
      told({ field: path + field.name, rule: nameOf(cleaner), cleaner, before, after: now })
  }
  return now
}

function cleanInner(
  inner: readonly Field[],
  value: unknown,
  path: string,
  told: Told | undefined,
  problems: Problem[],
): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return cleanFields(inner, value as Row, `${path}.`, told, problems)
  const items = value.map((item, n) =>
    typeof item === 'object' && item !== null
      ? cleanFields(inner, item as Row, `${path}[${n}].`, told, problems)
      : item,
  )
  return items.every((item, n) => item === value[n]) ? value : items
}

function nameOf(cleaner: AnyCleaner): string {
  return cleaner.name || 'a function'
}

const shownProblems = 10

function refusal(problems: readonly Problem[]): IsthmusError {
  const shown = problems.slice(0, shownProblems).map(({ path, cause }) => `${path}: ${reasonOf(cause)}`)
  const more = problems.length > shown.length ? `; and ${problems.length - shown.length} more` : ''
  return new IsthmusError('CLEAN-VALUE', shown.join('; ') + more, {
    cause: problems[0]?.cause,
    detail: { problems: problems.map(({ path, rule }) => ({ path, problem: `refused by ${rule}` })) },
  })
}
