import type { Model } from '../../model/model.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { plainPath } from '../shape.ts'

/** A field of a model as a table shows it. Paths are dotted, `lines[].qty` inside of lists. */
export interface FieldRow {
  readonly field: string
  readonly type: string
  readonly required: boolean
  readonly personal: boolean
  readonly key: boolean
  /** What the schema demands beside the type. */
  readonly rules: string[]
  readonly title?: string
}

type Schema = Readonly<Record<string, unknown>>

/** Schemas that contain themselves are left after a few levels. */
const deepest = 6

export function fieldRows(model: Model): FieldRow[] {
  const personal = model.pii.map(plainPath)
  const rows: FieldRow[] = []
  const walk = (schema: Schema, path: string, depth: number): void => {
    if (depth > deepest) return
    const { properties, required = [] } = schema as {
      properties?: Readonly<Record<string, Schema>>
      required?: readonly string[]
    }
    for (const [name, given] of Object.entries(properties ?? {})) {
      const inner = resolved(given, model.jsonSchema)
      const field = path === '' ? name : `${path}.${name}`
      rows.push({
        field,
        type: typeOf(inner, model.jsonSchema),
        required: required.includes(name),
        personal: personal.includes(plainPath(field)),
        key: path === '' && name === model.key,
        rules: rulesOf(inner),
        ...titleOf(inner),
      })
      const items = inner.items === undefined ? undefined : resolved(inner.items as Schema, model.jsonSchema)
      walk(items ?? inner, items ? `${field}[]` : field, depth + 1)
    }
  }
  walk(resolved(model.jsonSchema, model.jsonSchema), '', 0)
  return rows
}

function titleOf({ title, description }: Schema): { title?: string } {
  const told = title ?? description
  return typeof told === 'string' ? { title: told } : {}
}

function resolved(schema: Schema | boolean, root: JsonSchema): Schema {
  if (typeof schema !== 'object') return {}
  const { $ref } = schema
  if (typeof $ref !== 'string') return schema
  const found = (root.$defs as Readonly<Record<string, Schema>> | undefined)?.[$ref.replace('#/$defs/', '')]
  return typeof found === 'object' ? found : {}
}

function typeOf(schema: Schema, root: JsonSchema): string {
  if ('const' in schema) return JSON.stringify(schema.const)
  if (Array.isArray(schema.enum)) return schema.enum.map(value => JSON.stringify(value)).join(' | ')
  const options = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined
  if (options) return [...new Set(options.map(each => typeOf(resolved(each, root), root)))].join(' | ')
  if (schema.type === 'array') return `${typeOf(resolved((schema.items ?? {}) as Schema, root), root)}[]`
  if (Array.isArray(schema.type)) return schema.type.join(' | ')
  return String(schema.type ?? (schema.properties ? 'object' : 'any'))
}

const shown = [
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
]

function rulesOf(schema: Schema): string[] {
  return shown.flatMap(name => (schema[name] === undefined ? [] : [`${name} ${schema[name]}`]))
}
