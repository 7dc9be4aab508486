import { IsthmusError, reasonOf } from '../../errors.ts'
import { type Cleaner, named, unclean } from './cleaner.ts'

/** Several cleaners as one, each taking what the one before gave; the type may change on the way. */
export function chain<A, B>(first: Cleaner<A, B>): Cleaner<A, B>
export function chain<A, B, C>(first: Cleaner<A, B>, second: Cleaner<B, C>): Cleaner<A, C>
export function chain<A, B, C, D>(
  first: Cleaner<A, B>,
  second: Cleaner<B, C>,
  third: Cleaner<C, D>,
): Cleaner<A, D>
export function chain<A, B, C, D, E>(
  first: Cleaner<A, B>,
  second: Cleaner<B, C>,
  third: Cleaner<C, D>,
  fourth: Cleaner<D, E>,
): Cleaner<A, E>
export function chain<A, B, C, D, E, F>(
  first: Cleaner<A, B>,
  second: Cleaner<B, C>,
  third: Cleaner<C, D>,
  fourth: Cleaner<D, E>,
  fifth: Cleaner<E, F>,
): Cleaner<A, F>
export function chain(...cleaners: readonly Cleaner<never, unknown>[]): Cleaner<never, unknown> {
  const steps = cleaners as readonly Cleaner<unknown, unknown>[]
  return named(`chain(${namesOf(cleaners)})`, (value: unknown) => {
    let now = value
    for (const step of steps) now = step(now)
    return now
  })
}

/** A text of nothing but white space becomes undefined, as if the field were absent; others are cleaned. */
export function optional<I, O>(cleaner: Cleaner<I, O>): Cleaner<I, O | undefined> {
  return named(`optional(${namesOf([cleaner])})`, value =>
    typeof value === 'string' && isBlank(value) ? undefined : cleaner(value),
  )
}

/** Each element of a list. */
export function each<I, O>(cleaner: Cleaner<I, O>): Cleaner<readonly I[], O[]> {
  return named(`each(${namesOf([cleaner])})`, list => list.map(value => cleaner(value)))
}

/**
 * One of the values named: itself, or one of the ways in which it is written (`{ PCE: ['pcs', '个'] }`). What differs in
 * nothing but case and white space around it is the same.
 */
export function oneOf<const V extends string>(
  values: readonly V[] | { readonly [K in V]: readonly string[] },
): Cleaner<string, V> {
  const entries: readonly (readonly [V, readonly string[]])[] = Array.isArray(values)
    ? values.map(value => [value, []])
    : (Object.entries(values) as unknown as readonly (readonly [V, readonly string[]])[])
  const wanted = entries.map(([value]) => value)
  const known = new Map<string, V>()
  for (const [value, ways] of entries)
    for (const way of [value, ...ways]) {
      const plain = plainOf(way)
      if ((known.get(plain) ?? value) !== value)
        throw new IsthmusError('FLOW-DEFINITION', `oneOf: "${way}" stands for two values.`)
      known.set(plain, value)
    }
  const list = `${wanted.slice(0, 8).join(', ')}${wanted.length > 8 ? ', …' : ''}`
  return named(`oneOf(${list})`, value => {
    const found = known.get(plainOf(value))
    if (found === undefined) throw unclean(value, `one of ${list}`)
    return found
  })
}

/** The first cleaner that takes the value; refused with the reasons of all if none does. */
export function firstOf<I, O>(...cleaners: readonly Cleaner<I, O>[]): Cleaner<I, O> {
  return named(`firstOf(${namesOf(cleaners)})`, value => {
    const reasons: string[] = []
    for (const cleaner of cleaners)
      try {
        return cleaner(value)
      } catch (error) {
        reasons.push(reasonOf(error))
      }
    throw new IsthmusError('CLEAN-VALUE', reasons.join('; '))
  })
}

function plainOf(text: string): string {
  return text.trim().toLowerCase()
}

function isBlank(text: string): boolean {
  return !/[^\s\u200b-\u200d\u2060\ufeff]/.test(text)
}

function namesOf(cleaners: readonly Cleaner<never, unknown>[]): string {
  return cleaners.map(({ name }) => name || 'a function').join(', ')
}
