import { IsthmusError } from '../../../errors.ts'
import { markLength } from '../../../message/codec/detect-encoding.ts'
import type { Encoding } from '../../../message/codec/encoding.ts'
import type { Line } from '../../../message/codec/line.ts'
import type { FileRecord } from '../format.ts'
import { cuttable, type Kind, kindsOf, readFields } from './layout.ts'
import type { FixedWidthOptions } from './options.ts'

/** Makes lines, or records without line ends, data, and holds the trailer to what it counts. */
export class FixedRecords {
  readonly #options: FixedWidthOptions
  readonly #encoding: Encoding
  readonly #kinds: readonly Kind[]
  readonly #counts = new Map<string, number>()
  /** The trailer that was read. */
  #trailer: { readonly name: string; readonly line: number } | undefined

  constructor(options: FixedWidthOptions, encoding: Encoding) {
    this.#options = options
    this.#encoding = encoding
    this.#kinds = kindsOf(options)
  }

  /** Whether records must be read from the first one on to be understood. */
  get isCounting(): boolean {
    return this.#kinds.some(({ counts }) => counts !== undefined)
  }

  push(line: Line): FileRecord {
    const { offset, line: number, bytes } = line
    const data = line.text === undefined ? line.defect : this.#read(line.text, line)
    if (typeof data === 'string')
      return { offset, line: number, body: bytes, defect: `line ${number}: ${data}` }
    return { offset, line: number, data }
  }

  /** The file ends here. Throws MSG-DECODE if it should not. */
  end(): void {
    const missing = this.#kinds.find(({ counts }) => counts !== undefined)
    if (missing === undefined || this.#trailer !== undefined) return
    throw new IsthmusError('MSG-DECODE', `the file ends without a record "${missing.name}": it is incomplete`)
  }

  #read(text: string, { bytes, ending, line, offset }: Line): Record<string, string> | string {
    const { widths = 'characters', kindAt, short = false } = this.#options
    const size = this.#encoding.startsWith('utf-16') ? 2 * ending.length : ending.length
    const begin = offset === 0 ? markLength(bytes, this.#encoding) : 0
    const record = cuttable(text, bytes.subarray(begin, bytes.length - size), this.#encoding, widths)
    const sign = kindAt && record.cut(kindAt.from - 1, kindAt.from - 1 + kindAt.width)?.trim()
    const kind = kindAt ? this.#kinds.find(each => each.sign.trim() === sign) : this.#kinds[0]
    if (this.#trailer !== undefined) return `a record behind the trailer in line ${this.#trailer.line}`
    if (kind === undefined) return `${JSON.stringify(sign?.slice(0, 20) ?? '')} says no kind of record`
    this.#counts.set(kind.name, (this.#counts.get(kind.name) ?? 0) + 1)
    const data = readFields(kind, record, short)
    if (kind.counts === undefined) return data
    this.#trailer = { name: kind.name, line }
    return typeof data === 'string' ? data : (this.#miscounted(kind.counts, data) ?? data)
  }

  #miscounted(
    { field, of }: NonNullable<Kind['counts']>,
    data: Readonly<Record<string, string>>,
  ): string | undefined {
    const said = (data[field] ?? '').trim()
    const count = [...of].reduce((sum, name) => sum + (this.#counts.get(name) ?? 0), 0)
    if (/^\d+$/.test(said) && BigInt(said) === BigInt(count)) return undefined
    return `its ${field} says ${JSON.stringify(said)}, but ${count} records came before it: some are missing, or too many`
  }
}
