import type { OptionNames } from '../../../message/option-names.ts'
export interface FixedField {
  /** What it is called in the record. */
  readonly name: string
  /** In characters or bytes, as `widths` says. */
  readonly width: number
  /** Where it begins, from 1. Default: behind the field before it. */
  readonly from?: number | undefined
  /** Default `left`. */
  readonly align?: 'left' | 'right' | undefined
  /** The character that fills the field up, at the other side. Default a blank; `0` for numbers with leading zeros. */
  readonly pad?: string | undefined
  /** Whether that filling is taken away in reading. Default true; of zeros one stays. */
  readonly trim?: boolean | undefined
}

/** One of the kinds of records in a file. */
export interface FixedKind {
  /** What stands at `kindAt` of such a record. */
  readonly sign: string
  /** In any order. */
  readonly fields: readonly FixedField[]
  /**
   * Makes this the trailer: the last record, in which a field says how many records of these kinds came before it. All
   * kinds but this one if absent. A file without it is incomplete.
   */
  readonly counts?: { readonly field: string; readonly of?: readonly string[] | undefined } | undefined
}

interface Common {
  /** What widths and places count. Default `characters`; `bytes` as mainframes do, where 中 counts two in GB18030. */
  readonly widths?: 'characters' | 'bytes' | undefined
  /** The bytes of every record of a file without line ends. */
  readonly recordBytes?: number | undefined
  /** Whether a record may end early, its last fields being empty. Default false: it is set aside. */
  readonly short?: boolean | undefined
  /** Line ending when writing; CRLF by default. */
  readonly newline?: '\r\n' | '\n' | undefined
}

/** All records have the same fields, or what stands at a place says which kind a record is of. */
export type FixedWidthOptions = Common &
  (
    | { readonly fields: readonly FixedField[]; readonly kinds?: undefined; readonly kindAt?: undefined }
    | {
        readonly fields?: undefined
        /** By the name that a record has in its property `kind`. */
        readonly kinds: Readonly<Record<string, FixedKind>>
        readonly kindAt: { readonly from: number; readonly width: number }
      }
  )

export const fixedWidthNames: OptionNames<FixedWidthOptions> = {
  widths: true,
  recordBytes: true,
  short: true,
  newline: true,
  fields: true,
  kinds: true,
  kindAt: { from: 'needed', width: 'needed' },
}
