import type { Model } from '../model/model.ts'
import type { JsonSchema } from '../model/schema-validator.ts'

/** What is known of the data at one place of a flow. */
export interface Shape {
  readonly schema: JsonSchema
  /** Dotted paths of fields with personal data, elements of arrays without brackets: `lines.name`. */
  readonly personal: readonly string[]
}

export function shapeOf(model: Model): Shape {
  return { schema: model.jsonSchema, personal: model.pii.map(plainPath) }
}

export function plainPath(path: string): string {
  return path.replaceAll('[]', '')
}
