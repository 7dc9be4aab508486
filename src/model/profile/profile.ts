export type ValueType = 'text' | 'number' | 'boolean' | 'object' | 'list'

export interface Share {
  readonly text: string
  readonly count: number
}

export interface Defect {
  readonly kind:
    | 'mixed types'
    | 'several date notations'
    | 'ambiguous dates'
    | 'white space at ends'
    | 'full width'
    | 'placeholders'
    | 'mojibake'
    | 'outliers'
    | 'spellings'
    | 'check digits'
    | 'numbers among texts'
    | 'texts among dates'
    | 'repeated keys'
  /** How many values, where that is known. */
  readonly count?: number | undefined
  /** In words, for people. */
  readonly reason: string
}

/** What was seen of one field. Plain data, to be kept in a file and compared with. */
export interface FieldProfile {
  /** Dotted; `[]` stands for each element of a list: `lines[].qty`. */
  readonly path: string
  /** How often the field could have been there: the records, or the objects it belongs to. */
  readonly places: number
  readonly absent: number
  readonly null: number
  /** Texts without anything but white space. */
  readonly empty: number
  /** How many values of each type. */
  readonly types: Readonly<Partial<Record<ValueType, number>>>
  /** Of texts, in characters; of lists, in elements. */
  readonly length?: { readonly min: number; readonly max: number }
  /** Of numbers, and texts that are numbers, as they are written. */
  readonly number?: {
    readonly count: number
    readonly min?: string
    readonly max?: string
    /** Most places behind the point. */
    readonly scale: number
    /** The values below which a tenth, two tenths, ... nine tenths are. */
    readonly tenths?: readonly number[]
  }
  readonly date?: {
    readonly count: number
    readonly min?: string
    readonly max?: string
    readonly ambiguous: number
    readonly notations: readonly Share[]
  }
  /** `exact` up to 20,000 values; beyond, with a standard error of 1.6 %. */
  readonly distinct: { readonly count: number; readonly exact: boolean }
  /** The most frequent values, each at least so often, unless they are personal data; `complete` if there are no others. */
  readonly top?: { readonly values: readonly Share[]; readonly complete: boolean }
  readonly patterns: readonly Share[]
  /** Each record has a value of its own; where values were not counted exactly, as far as that can be told. */
  readonly key: boolean
  readonly personal: boolean
  readonly defects: readonly Defect[]
}

/** What records are like. */
export interface Profile {
  readonly isthmus: 'profile'
  readonly version: 1
  readonly records: number
  readonly fields: readonly FieldProfile[]
  /** Paths that were not looked at, since there are too many. */
  readonly pathsLeftOut: number
}

/** Share of the places of a field in which it has no value. */
export function missingRate({ places, absent, null: none, empty }: FieldProfile): number {
  return places === 0 ? 0 : (absent + none + empty) / places
}
