import type { JsonSchema } from '../../../model/schema-validator.ts'
import type { Column } from './catalogue.ts'

type Rule = readonly [pattern: RegExp, schema: JsonSchema]

const whole = { type: 'string', pattern: '^-?\\d+$' }
const decimal = { type: 'string', pattern: '^-?\\d+(\\.\\d+)?$' }

/** By the type's name, in the words of all products; what is not listed is text. What JavaScript cannot hold is text. */
const rules: readonly Rule[] = [
  [/\[\]$/, { type: 'string' }],
  [/^(tinyint\(1\)|bool|boolean|bit\(1\))/, { type: 'boolean' }],
  [/^(bigint|int8|bigserial|unsigned big int)/, whole],
  [/^(tinyint|smallint|mediumint|int|integer|int2|int4|serial|smallserial|year|oid)\b/, { type: 'integer' }],
  [/^(decimal|numeric|money)/, decimal],
  [/^(real|double|float)/, { type: 'number' }],
  [/^(json|jsonb)$/, {}],
  [/^uuid/, { type: 'string', format: 'uuid' }],
  [/^date$/, { type: 'string', format: 'date' }],
  [/^(timestamptz|timestamp(\(\d\))? with time zone)/, { type: 'string', format: 'date-time' }],
  [
    /^(bytea|blob|tinyblob|mediumblob|longblob|binary|varbinary)/,
    { type: 'string', contentEncoding: 'base64' },
  ],
]

/** Of a field. `notes` are said in its description. */
export function columnSchema(column: Column, notes: readonly string[]): JsonSchema {
  const { type, values, nullable, comment } = column
  const found = values
    ? { enum: [...values] }
    : (rules.find(([pattern]) => pattern.test(type))?.[1] ?? text(type))
  const description = [comment, ...notes].filter(note => note !== undefined).join('; ')
  return { ...(nullable ? orNull(found) : found), ...(description !== '' && { description }) }
}

export function isTime({ type }: Column): boolean {
  return /^(timestamp|datetime)/.test(type)
}

function text(type: string): JsonSchema {
  const length = /^(?:character varying|character|varchar|char|nvarchar)\((\d+)\)/.exec(type)?.[1]
  return { type: 'string', ...(length !== undefined && { maxLength: Number(length) }) }
}

function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.enum)) return { enum: [...schema.enum, null] }
  return typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'] } : schema
}
