import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Static, TSchema } from 'typebox'
import { IsthmusError } from '../errors.ts'
import { type JsonSchema, schemaValidator, type Validated } from './schema-validator.ts'

/** Named, versioned shape of a record. */
export interface Model<T = unknown> {
  readonly name: string
  readonly version: number
  /** The field that identifies a record of this model to people, if it has one. */
  readonly key: string | undefined
  /** Dotted paths of fields with personal data, through lists too (`lines.name`): masked in logs and traces. */
  readonly pii: readonly string[]
  readonly jsonSchema: JsonSchema
  /**
   * `data` may be another value where the validator converts. Throws MODEL-DEFINITION where the model itself is wrong
   * (its schema is no JSON Schema, its validator is asynchronous): `isthmus check` and the start look for that.
   */
  validate(data: unknown): Validated<T>
}

export type DataOf<M> = M extends Model<infer T> ? T : never

interface ModelOptions {
  readonly version: number
  readonly pii?: readonly string[]
}

/**
 * A model by any validator that speaks Standard Schema; its JSON Schema is asked of it, or given beside it. A validator
 * may convert (trim, fill in a default): what it gives goes on. Data are validated at the source, behind `map`, by
 * `validate` and before a channel, so that it meets what it gave before: it must take that, and give the same again.
 * One that gives another type than it takes (a text in, a Date out) does not compile: convert in a `map` or `clean`.
 */
export function model<S extends StandardSchemaV1>(
  name: string,
  options: ModelOptions & {
    readonly schema: S & TakesWhatItGives<S>
    readonly key?: keyof StandardSchemaV1.InferOutput<S> & string
    readonly jsonSchema?: JsonSchema
  },
): Model<StandardSchemaV1.InferOutput<S>>
/** A model by a JSON Schema, best written with TypeBox's `Type`: the static type comes from it. */
export function model<S extends TSchema>(
  name: string,
  options: ModelOptions & {
    readonly schema: S & { readonly '~standard'?: never }
    readonly key?: keyof Static<S> & string
  },
): Model<Static<S>>
export function model(
  name: string,
  options: ModelOptions & { schema: object; key?: string; jsonSchema?: JsonSchema },
): Model {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name))
    throw new IsthmusError('MODEL-DEFINITION', `A model is named by letters and digits; "${name}" is not.`)
  if (!Number.isInteger(options.version) || options.version < 1)
    throw new IsthmusError('MODEL-DEFINITION', `Model ${name} needs a version of 1 or more.`)
  const { jsonSchema, validate } = schemaValidator(name, options.schema, options.jsonSchema)
  const properties = jsonSchema.properties
  if (options.key && properties && !Object.hasOwn(properties, options.key))
    throw new IsthmusError('MODEL-DEFINITION', `Model ${name} has no field "${options.key}" to be its key.`)
  for (const path of options.pii ?? [])
    if (!mayHold(jsonSchema, path.replaceAll('[]', '').split('.')))
      throw new IsthmusError('MODEL-DEFINITION', `Model ${name} has no field "${path}" to be personal data.`)
  return Object.freeze({
    name,
    version: options.version,
    key: options.key,
    pii: Object.freeze([...(options.pii ?? [])]),
    jsonSchema,
    validate,
  })
}

type TakesWhatItGives<S extends StandardSchemaV1> = [StandardSchemaV1.InferOutput<S>] extends [
  StandardSchemaV1.InferInput<S>,
]
  ? unknown
  : { readonly '~standard': 'this validator gives another type than it takes: convert in a map or clean' }

/** False only where the schema lists the fields and this one is not among them. */
function mayHold(schema: JsonSchema, path: readonly string[]): boolean {
  const [field, ...rest] = path
  const inside = (schema.items ?? schema) as JsonSchema
  const properties = inside.properties as Readonly<Record<string, JsonSchema>> | undefined
  if (field === undefined || !properties) return true
  const next = properties[field]
  return typeof next === 'object' ? mayHold(next, rest) : next === true
}

/** `Name.v1`: the CloudEvents type of a record of this model. */
export function modelId(model: { readonly name: string; readonly version: number }): string {
  return `${model.name}.v${model.version}`
}
