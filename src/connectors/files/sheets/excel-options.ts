import type { OptionNames } from '../../../message/option-names.ts'

export interface ExcelOptions {
  /**
   * The name of the sheet, its number from 1, or a pattern like `orders-*` for all whose names it matches. Default: the
   * first that is not hidden. In writing, its name; default `Sheet1`.
   */
  readonly sheet?: string | number | undefined
  /**
   * true (default): the first row names the columns; a list: these are the columns, from the first on; false: records
   * are lists.
   */
  readonly header?: boolean | readonly string[] | undefined
  /** The row of that header, from 1; those before it are skipped. Default: the first that is not empty. */
  readonly headerRow?: number | undefined
  /** A row with more characters is set aside. Default 256 KiB. */
  readonly maxRecordLength?: number | undefined
  /** Columns of which the texts are written as numbers, digit for digit: `12.50`. Others are written as texts. */
  readonly numbers?: readonly string[] | undefined
}

export const excelNames: OptionNames<ExcelOptions> = {
  sheet: true,
  header: true,
  headerRow: true,
  maxRecordLength: true,
  numbers: true,
}
