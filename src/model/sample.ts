import type { JsonSchema } from './schema-validator.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * A handful of values that fit a schema: with every optional field and without any, and one for each further value of
 * enumerations, examples, constants and booleans. Deterministic.
 */
export function samplesOf(schema: JsonSchema): unknown[] {
  const variants = 4
  const full = Array.from({ length: variants }, (_, variant) =>
    sample(schema, { variant, optional: true, depth: 0, links: 0 }),
  )
  return [...full, sample(schema, { variant: 0, optional: false, depth: 0, links: 0 })]
}

interface Choice {
  readonly variant: number
  readonly optional: boolean
  readonly depth: number
  /** References on the way here. Schemas that contain themselves are left after a few. */
  readonly links: number
  /** By name, of the schema around. */
  readonly definitions?: Readonly<Record<string, Schema>> | undefined
}

function sample(schema: Schema, choice: Choice): unknown {
  // `true` and `false` are schemas, too.
  if (choice.depth > 20 || typeof schema !== 'object') return undefined
  if (typeof schema.$ref === 'string') return sampleReferred(schema, schema.$ref, choice)
  if ('const' in schema) return schema.const
  const values = schema.enum ?? schema.examples
  if (Array.isArray(values)) return values[choice.variant % values.length]
  const options = schema.anyOf ?? schema.oneOf
  if (Array.isArray(options)) return sample(options[choice.variant % options.length] as Schema, choice)
  const type = Array.isArray(schema.type) ? schema.type[choice.variant % schema.type.length] : schema.type
  if (type === 'object' || schema.properties) return sampleObject(schema, choice)
  if (type === 'array') {
    const length = Math.min(Math.max(Number(schema.minItems ?? 1), 1), 10)
    return Array.from({ length }, () => sample((schema.items ?? {}) as Schema, deeper(choice)))
  }
  return samplePrimitive(type, schema, choice.variant)
}

/** `#/$defs/NAME`, or the `$id` NAME of a definition. */
function sampleReferred(schema: Schema, $ref: string, choice: Choice): unknown {
  const definitions = (schema.$defs as Choice['definitions']) ?? choice.definitions
  const name = $ref.replace('#/$defs/', '')
  const target = definitions && Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (!target || choice.links >= 3) return undefined
  return sample(target, { ...choice, definitions, links: choice.links + 1 })
}

function sampleObject(schema: Schema, choice: Choice): unknown {
  const properties = (schema.properties ?? {}) as Record<string, Schema>
  const required = (schema.required ?? []) as readonly string[]
  const target: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(properties))
    if (choice.optional || required.includes(name)) target[name] = sample(inner, deeper(choice))
  return target
}

function samplePrimitive(type: unknown, schema: Schema, variant: number): unknown {
  if (type === 'number' || type === 'integer') return Number(schema.minimum ?? 0) + 1 + variant
  if (type === 'boolean') return variant % 2 === 0
  if (type === 'null') return null
  if (schema.format === 'date') return `2024-01-0${variant + 1}`
  if (schema.format === 'date-time') return `2024-01-0${variant + 1}T00:00:00Z`
  return String(variant + 1)
}

function deeper(choice: Choice): Choice {
  return { ...choice, depth: choice.depth + 1 }
}
