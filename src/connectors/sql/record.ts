import { exactNumber } from '../../message/codec/exact-number.ts'
import { json } from '../../message/codec/json.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { Row } from './database.ts'

/** What a model says of a field, as far as a column's value has to be brought into its form. */
interface Field {
  readonly type: 'text' | 'number' | 'boolean' | 'json' | undefined
  readonly nullable: boolean
}

/**
 * Brings rows into the form of a model: text or number as the model says, provided that nothing is lost; JSON columns
 * read where it says object or array; NULL left out where it does not allow null; bytes as base64. What does not fit
 * stays as it is, for the model's validation to name.
 */
export class RecordReader {
  readonly #fields: ReadonlyMap<string, Field>

  /** `schema`: the JSON Schema of one row. */
  constructor(schema: JsonSchema | undefined) {
    const properties = (schema?.properties ?? {}) as Record<string, JsonSchema>
    this.#fields = new Map(Object.entries(properties).map(([name, field]) => [name, fieldOf(field)]))
  }

  /** The columns to ask for; all there are if the model does not list its fields. */
  get names(): readonly string[] {
    return [...this.#fields.keys()]
  }

  read(row: Row): Record<string, unknown> {
    const record: [string, unknown][] = []
    for (const [name, value] of Object.entries(row)) {
      const field = this.#fields.get(name)
      const converted = convert(value, field)
      if (converted !== undefined) record.push([name, converted])
    }
    return Object.fromEntries(record)
  }
}

function convert(value: unknown, field: Field | undefined): unknown {
  if (value === null) return field?.nullable === false ? undefined : null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  switch (field?.type) {
    case 'number':
      return typeof value === 'string' && looksNumeric.test(value) ? (exactNumber(value) ?? value) : value
    case 'text':
      return typeof value === 'number' ? String(value) : value
    case 'boolean':
      return value === 0 || value === 1 ? value === 1 : value
    case 'json':
      return typeof value === 'string' ? parse(value) : value
    default:
      return value
  }
}

const looksNumeric = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const codec = json()

function parse(text: string): unknown {
  try {
    return codec.decode(Buffer.from(text))
  } catch {
    return text
  }
}

const kinds: Readonly<Record<string, Field['type']>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  object: 'json',
  array: 'json',
}

function fieldOf(schema: JsonSchema): Field {
  const types = typesOf(schema)
  const others = new Set(types.filter(type => type !== 'null').map(type => kinds[type]))
  return {
    type: others.size === 1 ? [...others][0] : undefined,
    nullable: types.length === 0 || types.includes('null'),
  }
}

/** None if the schema does not say. */
function typesOf(schema: JsonSchema): readonly string[] {
  const type = schema.type
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type
  const values = 'const' in schema ? [schema.const] : schema.enum
  if (Array.isArray(values)) return values.map(value => (value === null ? 'null' : typeof value))
  const choices = schema.anyOf ?? schema.oneOf
  return Array.isArray(choices) ? choices.flatMap((choice: JsonSchema) => typesOf(choice)) : []
}
