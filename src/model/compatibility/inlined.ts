import { IsthmusError } from '../../errors.ts'
import type { JsonSchema } from '../schema-validator.ts'

/** Enough for models of any size; what refers to itself over and over is refused. */
const most = 200_000

/**
 * A schema in which what it refers to stands in its place, so that names of definitions do not matter. Where a definition
 * contains itself the reference stays. Throws MODEL-DEFINITION for a reference to nothing within the schema.
 */
export function inlined(schema: JsonSchema): JsonSchema {
  const definitions = {
    ...(schema.definitions as Record<string, JsonSchema> | undefined),
    ...(schema.$defs as Record<string, JsonSchema> | undefined),
  }
  let count = 0
  const visit = (value: unknown, open: readonly string[]): unknown => {
    if (++count > most) throw new IsthmusError('MODEL-DEFINITION', `A schema of more than ${most} parts.`)
    if (Array.isArray(value)) return value.map(each => visit(each, open))
    if (typeof value !== 'object' || value === null) return value
    const { $ref, $defs: _, definitions: __, ...rest } = value as Record<string, unknown>
    const inner = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, visit(each, open)]))
    if (typeof $ref !== 'string') return inner
    const name = nameOf($ref)
    if (name === '#' || open.includes(name)) return { ...inner, $ref: `#/$defs/${name}` }
    const target = Object.hasOwn(definitions, name) ? definitions[name] : undefined
    if (target === undefined)
      throw new IsthmusError('MODEL-DEFINITION', `The schema refers to ${$ref}, which it does not have.`)
    return { ...(visit(target, [...open, name]) as object), ...inner }
  }
  return visit(schema, []) as JsonSchema
}

function nameOf($ref: string): string {
  const name = $ref.replace(/^#\/(\$defs|definitions)\//, '')
  return decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')
}
