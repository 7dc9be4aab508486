import { IsthmusError } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { Column, ColumnType } from '../../system/warehouse.ts'

/** A type said for a column, where its model does not tell enough: `decimal(18,2)`. */
export type ColumnText = ColumnType | `decimal(${number},${number})`

/** As many digits as DuckDB holds, where the model does not say how many there may be. */
const widest = 38
const usualScale = 9

/** The columns of a model: one for each field, of the type that its JSON Schema says. */
export function columnsOf(
  model: Model,
  said: Readonly<Record<string, ColumnText | undefined>> = {},
): readonly Column[] {
  const { properties = {}, required = [] } = model.jsonSchema as Described
  const names = Object.keys(properties)
  if (names.length === 0)
    throw new IsthmusError('FLOW-DEFINITION', `Model ${model.name} lists no fields, so no table can hold it.`)
  return names.map(name => {
    const type = said[name] === undefined ? typeOf(properties[name] ?? {}) : readType(said[name])
    return Object.freeze({
      name,
      ...type,
      required: required.includes(name) && !isNullable(properties[name]),
    })
  })
}

interface Described {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

type Typed = Pick<Column, 'type' | 'precision' | 'scale'>

function readType(text: ColumnText): Typed {
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(text) ?? []
  if (precision === undefined || scale === undefined) return { ...plain(text as ColumnType) }
  return { type: 'decimal', precision: Number(precision), scale: Number(scale) }
}

function plain(type: ColumnType): Typed {
  return type === 'decimal' ? { type, precision: widest, scale: usualScale } : { type }
}

function typeOf(schema: JsonSchema): Typed {
  const options = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined
  if (options) return unionOf(options)
  const type = Array.isArray(schema.type) ? schema.type.find(each => each !== 'null') : schema.type
  if (type === 'integer') return { type: 'integer' }
  if (type === 'number') return { type: 'number' }
  if (type === 'boolean') return { type: 'boolean' }
  if (type === 'string') return textType(schema)
  if ('const' in schema) return constantType([schema.const])
  if (Array.isArray(schema.enum)) return constantType(schema.enum)
  return { type: 'json' }
}

/** Of one type but for null; JSON where the options differ. */
function unionOf(options: readonly JsonSchema[]): Typed {
  const [first, ...others] = options.filter(each => each.type !== 'null').map(typeOf)
  return first && others.every(other => other.type === first.type) ? first : { type: 'json' }
}

function constantType(values: readonly unknown[]): Typed {
  return values.every(value => typeof value === 'string') ? { type: 'text' } : { type: 'json' }
}

function textType(schema: JsonSchema): Typed {
  if (schema.format === 'date') return { type: 'date' }
  if (schema.format === 'date-time') return { type: 'instant' }
  return decimalType(String(schema.pattern ?? '')) ?? { type: 'text' }
}

/**
 * A pattern of digits with a point among them is that of a decimal. Digits without a point may be a code with zeros at
 * its beginning, and stay text.
 */
function decimalType(pattern: string): Typed | undefined {
  const rest = pattern.replace(/\\d|\[0-9\]|\[1-9\]|\\\.|\[\.\]|\{\d*,?\d*\}|[\^$()?:*+|0-]/g, '')
  const point = /(?:\\\.|\[\.\])((?:\\d|\[0-9\])+)(?:\{(?:\d+,)?(\d+)\}|(\{\d+,\}|[+*]))?/.exec(pattern)
  if (rest !== '' || !point) return undefined
  const [, digits = '', most = '1', any] = point
  const places = digits.match(/\\d|\[0-9\]/g)?.length ?? 0
  return { type: 'decimal', precision: widest, scale: any ? usualScale : places - 1 + Number(most) }
}

function isNullable(schema: JsonSchema | undefined): boolean {
  const options = (schema?.anyOf ?? schema?.oneOf ?? []) as readonly JsonSchema[]
  return [schema?.type].flat().includes('null') || options.some(({ type }) => type === 'null')
}
