import { createContext, useContext } from 'react'

export const languages = ['en', 'zh'] as const
/** `pseudo` is English made longer and accented, for tests: what stays plain is not translatable. */
export type Language = (typeof languages)[number] | 'pseudo'

/** The shape that every language has to fill: a missing key or placeholder does not compile. */
export type Texts<T> = {
  readonly [K in keyof T]: T[K] extends (...values: infer V) => string
    ? (...values: V) => string
    : T[K] extends string
      ? string
      : Texts<T[K]>
}

export interface Dictionary<T> {
  readonly en: T
  readonly zh: Texts<T>
}

/** One dictionary for each page or part: `texts({ en, zh })`, read by `useText`. */
export function texts<T extends object>(dictionary: Dictionary<T>): Dictionary<T> {
  return dictionary
}

export const LanguageContext = createContext<Language>('en')

export function useLanguage(): Language {
  return useContext(LanguageContext)
}

export function useText<T extends object>(dictionary: Dictionary<T>): Texts<T> {
  return textOf(dictionary, useLanguage())
}

export function textOf<T extends object>(dictionary: Dictionary<T>, language: Language): Texts<T> {
  if (language === 'zh') return dictionary.zh
  return (language === 'pseudo' ? pseudo(dictionary.en) : dictionary.en) as Texts<T>
}

function pseudo(value: unknown): unknown {
  if (typeof value === 'string') return longer(value)
  if (typeof value === 'function')
    return (...values: unknown[]) => longer(String((value as (...values: unknown[]) => string)(...values)))
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, pseudo(inner)]))
}

/** 40 % longer, as German is. */
function longer(text: string): string {
  const accented = text.replace(
    /[aeiou]/g,
    letter => ({ a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú' })[letter] ?? letter,
  )
  return `${accented}${'~'.repeat(Math.ceil(text.length * 0.4))}`
}
