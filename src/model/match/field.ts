import type { Likeness } from './likeness.ts'

/** How one field is compared. */
export interface FieldRule<T> {
  /** The cleaned text. Nothing (undefined, null or empty) is no evidence for or against. */
  readonly value: (record: T) => string | number | undefined | null
  readonly by: Likeness
  /** Other steps than those of the likeness. */
  readonly steps?: readonly number[] | undefined
  /** Whether agreeing on a rare text weighs more than on one that many records have. Default true. */
  readonly rare?: boolean | undefined
}

/** The agreement of a field in a pair: 0 is the same text, the last one differs; `missing` where a side has no text. */
export const missing = -1
/** Not the same text; how alike they are was not looked at. */
export const unequal = -2

/** A field of all records, made ready. */
export interface Column {
  readonly name: string
  readonly by: string
  /** `same`, `>= 0.92`, ..., `other`. */
  readonly levels: readonly string[]
  readonly rare: boolean
  level(a: number, b: number): number
  /** As `level`, but `unequal` where the texts have to be compared to know it. */
  quick(a: number, b: number): number
  /** Share of the other records that have this record's text, of those that have one. */
  share(record: number): number
  text(record: number): string | undefined
}

export function openColumn<T>(name: string, rule: FieldRule<T>, records: readonly T[]): Column {
  const steps = rule.steps ?? rule.by.steps
  const { texts, counts, places, filled } = distinctTexts(rule, records)
  const alike = rule.by.over(texts, counts, steps.at(-1) ?? 1)
  const last = steps.length + 1
  const quick = (a: number, b: number): number => {
    const [one, other] = [places[a] as number, places[b] as number]
    if (one < 0 || other < 0) return missing
    if (one === other) return 0
    return steps.length === 0 ? last : unequal
  }
  return {
    name,
    by: rule.by.name,
    levels: ['same', ...steps.map(step => `>= ${step}`), 'other'],
    rare: rule.rare ?? true,
    quick,
    level(a, b) {
      const known = quick(a, b)
      if (known !== unequal) return known
      const found = alike(places[a] as number, places[b] as number)
      for (let step = 0; step < steps.length; step++) if (found >= (steps[step] as number)) return step + 1
      return last
    },
    share: record => ((counts[places[record] as number] ?? 2) - 1) / Math.max(1, filled),
    text: record => texts[places[record] as number],
  }
}

function distinctTexts<T>(rule: FieldRule<T>, records: readonly T[]) {
  const ids = new Map<string, number>()
  const texts: string[] = []
  const counts: number[] = []
  const places = new Int32Array(records.length).fill(-1)
  let filled = 0
  for (const [at, record] of records.entries()) {
    const text = String(rule.value(record) ?? '')
    if (text === '') continue
    filled++
    let id = ids.get(text)
    if (id === undefined) {
      id = texts.push(text) - 1
      ids.set(text, id)
    }
    counts[id] = (counts[id] ?? 0) + 1
    places[at] = id
  }
  return { texts, counts, places, filled }
}
