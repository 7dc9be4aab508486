import { IsthmusError } from '../../errors.ts'
import { json as jsonCodec } from '../../message/codec/json.ts'
import { checkPlain } from '../../message/codec/plain.ts'

/** What may stand in a template. Objects and arrays are written as JSON, dates as ISO 8601, undefined as NULL. */
export type SqlValue = string | number | bigint | boolean | null | undefined | object

/** What a driver is handed. Decimals are exact when they are given as text. */
export type Parameter = string | number | bigint | boolean | null | Uint8Array

/** A piece of SQL whose text is the author's alone: every value travels beside it as a parameter. */
export class SqlText {
  /** One more than `values`; a value stands between each two of them. */
  readonly strings: readonly string[]
  readonly values: readonly SqlValue[]

  constructor(strings: readonly string[], values: readonly SqlValue[]) {
    this.strings = strings
    this.values = values
  }
}

/** Tags a template: `` sqlText`select price from prices where sku = ${order.sku}` ``. Pieces may hold pieces. */
export function sqlText(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlText)[]): SqlText {
  if (!values.some(value => value instanceof SqlText)) return new SqlText(strings, values)
  const flat: string[] = [strings[0] ?? '']
  const flatValues: SqlValue[] = []
  const append = (text: string) => flat.push((flat.pop() ?? '') + text)
  for (const [index, value] of values.entries()) {
    if (value instanceof SqlText) {
      append(value.strings[0] ?? '')
      flat.push(...value.strings.slice(1))
      flatValues.push(...value.values)
      append(strings[index + 1] ?? '')
    } else {
      flat.push(strings[index + 1] ?? '')
      flatValues.push(value)
    }
  }
  return new SqlText(flat, flatValues)
}

/** The values of `in (...)`, each a parameter; none of them matches nothing. */
export function list(values: readonly SqlValue[]): SqlText {
  if (values.length === 0) return new SqlText(['null'], [])
  return new SqlText(['', ...Array.from({ length: values.length - 1 }, () => ', '), ''], values)
}

class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** JSON of any value, where it would be written otherwise: `json('a')` is `"a"`. */
export function json(value: SqlValue): object {
  return new JsonText(jsonText(value))
}

/** `first` is the position of the piece's first parameter in the whole statement, counted from 1. */
export function render(piece: SqlText, first: number, placeholder: (position: number) => string): string {
  let text = piece.strings[0] ?? ''
  for (let index = 1; index < piece.strings.length; index++)
    text += placeholder(first + index - 1) + piece.strings[index]
  return text
}

/** Throws TARGET-REFUSED for what no database holds, MSG-ENCODE for what is no JSON. */
export function parameterOf(value: SqlValue): Parameter {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      throw new IsthmusError('TARGET-REFUSED', `${value} is no number that a database keeps`)
    case 'undefined':
      return null
    default:
      return value === null ? null : objectParameter(value)
  }
}

function objectParameter(value: object): Parameter {
  if (value instanceof JsonText) return value.text
  if (value instanceof Uint8Array) return value
  if (!(value instanceof Date)) return jsonText(value)
  if (Number.isNaN(value.getTime())) throw new IsthmusError('TARGET-REFUSED', 'the date is not valid')
  return value.toISOString()
}

const codec = jsonCodec()

function jsonText(value: SqlValue): string {
  const special = checkPlain(value, 100)
  return special ? new TextDecoder().decode(codec.encode(value)) : JSON.stringify(value)
}
