import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsthmusError } from '../errors.ts'
import type { Encoding } from '../message/codec/encoding.ts'
import { checkOptionNames, type OptionNames } from '../message/option-names.ts'
import { type CodeTable, codeTable, type Miss } from '../model/mapping/code-table.ts'
import { recordsOfFile } from './records-file.ts'

export interface CodeTableFileOptions<M extends Miss = Miss> {
  /** The column with the values that come in. */
  readonly from: string
  /** The column with their codes. */
  readonly to: string
  readonly miss?: M | undefined
  /** Default: as its byte order mark says, else UTF-8. */
  readonly encoding?: Encoding | undefined
  /** Default: as the file, without its ending. */
  readonly name?: string | undefined
}

const names: OptionNames<CodeTableFileOptions> = {
  from: 'needed',
  to: 'needed',
  miss: true,
  encoding: true,
  name: true,
}

/**
 * A code table of two columns of a CSV file, or fields of a JSON list. It is read now,
 * while the landscape is loaded, and never again: its content is a part of what a version of a flow is. A path is best said
 * as `new URL('./units.csv', import.meta.url)`. Throws FLOW-DEFINITION where a value has no code, or two.
 */
export function codeTableFile<const M extends Miss = 'park'>(
  file: string | URL,
  options: CodeTableFileOptions<M>,
): CodeTable<string, string, M> {
  checkOptionNames('codeTableFile()', options as CodeTableFileOptions, names)
  const path = file instanceof URL ? fileURLToPath(file) : file
  const name = options.name ?? basename(path).replace(/\.\w+$/, '')
  const codes = new Map<string, string>()
  for (const [at, record] of recordsOfFile(path, options.encoding).entries()) {
    const [value, code] = [options.from, options.to].map(column => cellOf(record, column, path, at + 1))
    const known = codes.get(value as string)
    if (known !== undefined && known !== code)
      throw wrong(path, `${value} has the codes ${known} and ${code}`)
    codes.set(value as string, code as string)
  }
  const { miss } = options
  return codeTable(name, Object.fromEntries(codes), miss === undefined ? {} : { miss }) as never
}

function cellOf(record: unknown, column: string, path: string, place: number): string {
  const cells = (record ?? {}) as Readonly<Record<string, unknown>>
  const value = Object.hasOwn(cells, column) ? cells[column] : undefined
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
  throw wrong(path, `record ${place} has no "${column}"`)
}

function wrong(path: string, problem: string): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `Code table ${path}: ${problem}.`)
}
