import { hash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import { isProbing, noAnswer, usesTable } from '../probing.ts'

/** `park` the message, `keep` the value as it is, or one `answer` for all. */
export type Miss<V extends string = string> = 'park' | 'keep' | { readonly answer: V }

/**
 * Codes of one side by those of the other. A value that is known to be one of an enumeration must have a code, or it does
 * not compile; of any other text it is seen when it comes.
 */
export interface CodeTable<K extends string = string, C extends string = string, M extends Miss = 'park'> {
  readonly name: string
  readonly codes: Readonly<Record<K, C>>
  /** Changes with what stands in the table. */
  readonly content: string
  code<X extends string | number>(value: X & Coded<X, K, M>): C | Missed<X, M>
  /** The way back. Parks what is no code of the table. Throws FLOW-DEFINITION where the table is not one to one. */
  back(code: C): K
  /** The table of the way back, which parks what it does not know. Throws FLOW-DEFINITION where this is not one to one. */
  inverse(): CodeTable<C, K>
}

/** A value that is known to have no code does not compile where it would be parked. */
type Coded<X extends string | number, K extends string, M> = M extends 'park'
  ? [string] extends [`${X}`]
    ? unknown
    : number extends X
      ? unknown
      : [`${X}`] extends [K]
        ? unknown
        : { readonly noCodeFor: Exclude<`${X}`, K> }
  : unknown
type Missed<X, M> = M extends 'park' ? never : M extends { readonly answer: infer V } ? V : X

/** A table of the landscape. Its content is a part of what a version of a flow is. */
export function codeTable<const T extends Readonly<Record<string, string>>, const M extends Miss = 'park'>(
  name: string,
  codes: T,
  { miss }: { readonly miss?: M } = {},
): CodeTable<`${keyof T & (string | number)}`, T[keyof T] & string, M> {
  return new Table(name, new Map(Object.entries(codes)), miss ?? 'park') as never
}

class Table {
  readonly name: string
  readonly codes: Readonly<Record<string, string>>
  readonly content: string
  readonly #codes: ReadonlyMap<string, string>
  readonly #miss: Miss
  readonly #told: string
  #back: ReadonlyMap<string, string> | undefined

  constructor(name: string, codes: ReadonlyMap<string, string>, miss: Miss) {
    this.name = name
    this.codes = Object.freeze(Object.fromEntries(codes))
    this.content = hash('sha256', JSON.stringify([...codes, miss])).slice(0, 12)
    this.#codes = codes
    this.#miss = miss
    this.#told = `${name} ${this.content}`
    Object.freeze(this)
  }

  code(value: string | number): unknown {
    if (isProbing()) usesTable(this.#told)
    const found = this.#codes.get(typeof value === 'string' ? value : String(value))
    if (found !== undefined) return found
    if (this.#miss === 'keep') return value
    if (this.#miss !== 'park') return this.#miss.answer
    const [standIn] = this.#codes.values()
    return noAnswer(`Code table ${this.name} has no code for ${JSON.stringify(value)}.`, standIn)
  }

  back(code: string): unknown {
    usesTable(this.#told)
    this.#back ??= this.#inverted()
    const found = this.#back.get(code)
    if (found !== undefined) return found
    const [standIn] = this.#codes.keys()
    return noAnswer(`Code table ${this.name} has no value for the code ${JSON.stringify(code)}.`, standIn)
  }

  inverse(): Table {
    return new Table(`${this.name} back`, this.#inverted(), 'park')
  }

  #inverted(): ReadonlyMap<string, string> {
    const back = new Map<string, string>()
    for (const [value, code] of this.#codes) {
      const other = back.get(code)
      if (other !== undefined)
        throw new IsthmusError(
          'FLOW-DEFINITION',
          `Code table ${this.name} has no way back: ${code} is the code of ${other} and of ${value}.`,
        )
      back.set(code, value)
    }
    return back
  }
}
