import { type Column, missing, unequal } from './field.ts'
import type { Weights } from './learn.ts'

/** What one field says of a pair. */
export interface FieldEvidence {
  readonly field: string
  /** As it was compared. */
  readonly by: string
  readonly texts: readonly [string | undefined, string | undefined]
  /** `same`, `>= 0.9`, `other`, or `missing`. */
  readonly agreement: string
  /** Binary logarithm of the odds: above 0 it speaks for the same thing, below 0 against it. */
  readonly weight: number
}

/** Adds up what the fields say. */
export class Scorer {
  readonly #columns: readonly Column[]
  readonly #weights: readonly (readonly number[])[]
  readonly #m: readonly number[]
  /** The most that texts which are not the same can say, per field. */
  readonly #unequal: readonly number[]
  readonly #prior: number

  constructor(columns: readonly Column[], { fields, prior }: Weights) {
    this.#columns = columns
    this.#prior = Math.log2(prior / (1 - prior))
    this.#m = columns.map(({ name }) => fields[name]?.m[0] ?? 1)
    this.#weights = columns.map(({ name, levels }) =>
      levels.map((_, level) => {
        const known = fields[name]
        return known ? Math.log2((known.m[level] as number) / (known.u[level] as number)) : 0
      }),
    )
    this.#unequal = this.#weights.map(([, ...others]) => Math.max(...others))
  }

  /** Binary logarithm of the odds that the two are the same thing; where that is below `least`, anything below it. */
  score(a: number, b: number, least = Number.NEGATIVE_INFINITY): number {
    let sum = this.#prior
    let open = 0
    for (let field = 0; field < this.#columns.length; field++) {
      const level = (this.#columns[field] as Column).quick(a, b)
      if (level === unequal) open += this.#unequal[field] as number
      else sum += this.#weight(field, level, a)
    }
    for (let field = 0; field < this.#columns.length; field++) {
      const column = this.#columns[field] as Column
      if (sum + open < least) return Number.NEGATIVE_INFINITY
      if (column.quick(a, b) !== unequal) continue
      open -= this.#unequal[field] as number
      sum += this.#weight(field, column.level(a, b), a)
    }
    return sum
  }

  evidence(a: number, b: number): FieldEvidence[] {
    return this.#columns.map((column, field) => {
      const level = column.level(a, b)
      const weight = this.#weight(field, level, a)
      const agreement = level === missing ? 'missing' : (column.levels[level] as string)
      return { field: column.name, by: column.by, texts: [column.text(a), column.text(b)], agreement, weight }
    })
  }

  get prior(): number {
    return this.#prior
  }

  #weight(field: number, level: number, a: number): number {
    if (level === missing) return 0
    const column = this.#columns[field] as Column
    if (level > 0 || !column.rare) return (this.#weights[field] as number[])[level] as number
    // The same text never speaks for less than one that is only like it.
    const like = (this.#weights[field] as number[])[1] as number
    return Math.max(like, Math.log2((this.#m[field] as number) / column.share(a)))
  }
}

export const probabilityOf = (score: number): number => 1 / (1 + 2 ** -score)
export const scoreOf = (probability: number): number => Math.log2(probability / (1 - probability))
