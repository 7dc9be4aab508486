import { IsthmusError } from '../../../errors.ts'
import { forbiddenName, setOwn } from '../../../message/codec/codec.ts'
import { encodeText } from '../../../message/codec/encode-text.ts'
import { decodeExactly, type Encoding } from '../../../message/codec/encoding.ts'
import type { FixedField, FixedKind, FixedWidthOptions } from './options.ts'

/** A field with all that its author left out. `from` counts from 0. */
interface Place {
  readonly name: string
  readonly from: number
  readonly width: number
  readonly isRight: boolean
  readonly pad: string
  readonly trim: boolean
}

export interface Kind {
  readonly name: string
  readonly sign: string
  readonly places: readonly Place[]
  readonly counts: { readonly field: string; readonly of: ReadonlySet<string> } | undefined
}

/** The one of which records are that have no kinds. */
const only = ''

/** Throws FLOW-DEFINITION for what cannot be. */
export function kindsOf({ fields, kinds, kindAt }: FixedWidthOptions): readonly Kind[] {
  if (kinds === undefined)
    return [{ name: only, sign: '', places: placesOf(fields ?? []), counts: undefined }]
  if (!(kindAt.from >= 1 && kindAt.width >= 1)) throw wrong('kindAt needs a place from 1 and a width')
  const signs = Object.values(kinds).map(({ sign }) => sign)
  if (new Set(signs).size < signs.length) throw wrong('two kinds have the same sign')
  return Object.entries(kinds).map(([name, kind]) => kindOf(name, kind, Object.keys(kinds)))
}

function kindOf(name: string, { sign, fields, counts }: FixedKind, all: readonly string[]): Kind {
  const places = placesOf(fields)
  if (places.some(place => place.name === 'kind')) throw wrong('"kind" is the name of what says the kind')
  if (counts === undefined) return { name, sign, places, counts }
  const others = all.filter(each => each !== name)
  const of = new Set(counts.of ?? others)
  if (!places.some(place => place.name === counts.field)) throw wrong(`${name} has no field ${counts.field}`)
  for (const each of of)
    if (!others.includes(each)) throw wrong(`${name} counts ${each}, which is no other kind`)
  return { name, sign, places, counts: { field: counts.field, of } }
}

function placesOf(fields: readonly FixedField[]): Place[] {
  if (fields.length === 0) throw wrong('there must be a field')
  let next = 0
  const places = fields.map(({ name, width, from = next + 1, align = 'left', pad = ' ', trim = true }) => {
    if (!Number.isInteger(width) || width < 1 || !Number.isInteger(from) || from < 1 || pad.length !== 1)
      throw wrong(`the field ${name} needs a width, a place from 1, and one character to be filled with`)
    if (name === forbiddenName) throw wrong(`no field can have the name ${name}`)
    next = from - 1 + width
    return { name, from: from - 1, width, isRight: align === 'right', pad, trim }
  })
  const names = new Set(places.map(({ name }) => name))
  const sorted = places.toSorted((a, b) => a.from - b.from)
  if (names.size < places.length) throw wrong('two fields have the same name')
  if (sorted.some((place, index) => index > 0 && place.from < endOf(sorted[index - 1] as Place)))
    throw wrong('a field lies over another one')
  return places
}

export function widthOf(kind: Kind): number {
  return Math.max(...kind.places.map(endOf))
}

function endOf({ from, width }: Place): number {
  return from + width
}

/** A record as one can cut it: its characters, or its bytes. */
export interface Cuttable {
  readonly length: number
  readonly unit: 'characters' | 'bytes'
  /** Undefined where a character is cut. */
  cut(from: number, to: number): string | undefined
}

export function cuttable(
  text: string,
  bytes: Uint8Array,
  encoding: Encoding,
  widths: 'characters' | 'bytes',
): Cuttable {
  const unit = widths
  if (unit === 'bytes')
    return {
      unit,
      length: bytes.length,
      cut: (from, to) => decodeExactly(bytes.subarray(from, to), encoding),
    }
  if (!/[\ud800-\udfff]/.test(text))
    return { unit, length: text.length, cut: (from, to) => text.slice(from, to) }
  const characters = [...text]
  return { unit, length: characters.length, cut: (from, to) => characters.slice(from, to).join('') }
}

/** The data of a record, or what is wrong with it. */
export function readFields(kind: Kind, record: Cuttable, isShort: boolean): Record<string, string> | string {
  const width = widthOf(kind)
  const count = `${record.length} ${record.unit} where ${width} are expected`
  if (record.length < width && !isShort) return count
  if (record.length > width && (record.cut(width, record.length) ?? 'x').trim() !== '')
    return `${count}: something stands behind the last field`
  const data: Record<string, string> = kind.name === only ? {} : { kind: kind.name }
  for (const place of kind.places) {
    const text = record.cut(place.from, endOf(place))
    if (text === undefined) return `the field ${place.name} begins or ends within a character`
    setOwn(data, place.name, place.trim ? trimmed(text, place) : text)
  }
  return data
}

function trimmed(text: string, { pad, isRight }: Place): string {
  const isZero = pad === '0'
  if (isRight) {
    const sign = isZero && /^[+-]/.test(text) ? text.charAt(0) : ''
    let begin = sign.length
    while (text[begin] === pad && !(isZero && !isDigit(text[begin + 1]))) begin++
    return sign + text.slice(begin)
  }
  let end = text.length
  while (end > 0 && text[end - 1] === pad) end--
  return text.slice(0, end)
}

function isDigit(sign: string | undefined): boolean {
  return sign !== undefined && sign >= '0' && sign <= '9'
}

/** The bytes of a record. MSG-ENCODE says what does not fit. */
export function writeFields(
  kind: Kind,
  data: Readonly<Record<string, unknown>>,
  encoding: Encoding,
  widths: 'characters' | 'bytes',
  signAt: number,
): Uint8Array {
  const size = (text: string) => (widths === 'bytes' ? encodeText(text, encoding).length : [...text].length)
  const known = new Set(['kind', ...kind.places.map(({ name }) => name)])
  const other = Object.keys(data).find(name => !known.has(name))
  if (other !== undefined) throw unwritable(`there is no field for ${JSON.stringify(other.slice(0, 60))}`)
  const parts = kind.places.map(place => ({
    from: place.from,
    text: filled(textOf(Object.hasOwn(data, place.name) ? data[place.name] : '', place.name), place, size),
  }))
  const isSaid = kind.places.some(place => place.from <= signAt && signAt < endOf(place))
  if (kind.sign !== '' && !isSaid) parts.push({ from: signAt, text: kind.sign })
  let line = ''
  let at = 0
  for (const { from, text } of parts.sort((a, b) => a.from - b.from)) {
    line += ' '.repeat(from - at) + text
    at = from + size(text)
  }
  return encodeText(line, encoding)
}

function filled(text: string, { name, width, pad, isRight }: Place, size: (text: string) => number): string {
  const [room, padSize] = [width - size(text), size(pad)]
  if (room < 0) throw unwritable(`the field ${name} has room for ${width}, not for ${size(text)}`)
  if (room % padSize !== 0) throw unwritable(`the field ${name} cannot be filled up to ${width} bytes`)
  const filling = pad.repeat(room / padSize)
  if (!isRight) return text + filling
  return pad === '0' && /^[+-]/.test(text) ? text.charAt(0) + filling + text.slice(1) : filling + text
}

function textOf(value: unknown, name: string): string {
  const text = value === null || value === undefined ? '' : value
  if (typeof text === 'number' && Number.isFinite(text)) return Object.is(text, -0) ? '-0' : String(text)
  if (typeof text === 'boolean' || typeof text === 'bigint') return String(text)
  if (typeof text !== 'string') throw unwritable(`the field ${name} cannot hold a nested value`)
  if (/[\r\n]/.test(text)) throw unwritable(`the field ${name} cannot hold a line end`)
  return text
}

function wrong(reason: string): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `Records of fixed width: ${reason}.`)
}

export function unwritable(reason: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', reason)
}
