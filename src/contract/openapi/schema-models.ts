import type { JsonSchema } from '../../model/schema-validator.ts'
import type { ContractModel, ContractProblem } from '../contract.ts'
import { capitalised, Names } from '../names.ts'
import { unreadable } from '../open-document.ts'
import { member, members, type Placed, type References, referenceOf } from '../references.ts'

type Schema = Readonly<Record<string, unknown>>

const mostDepth = 60

/** The schemas of a document and of those that it refers to, as models. Each is made once. */
export class SchemaModels {
  readonly problems: ContractProblem[] = []
  readonly #references: References
  readonly #names = new Names()
  /** Location and pointer to the name of the model. */
  readonly #known = new Map<string, string>()
  readonly #models: ContractModel[] = []
  readonly #waiting: (() => void)[] = []
  #nothing: string | undefined
  /** Before OpenAPI 3.1, what stands beside `$ref` does not count. */
  readonly #aside: boolean

  constructor(references: References, aside: boolean) {
    this.#references = references
    this.#aside = aside
  }

  /** All, in the order in which they were found. */
  get models(): readonly ContractModel[] {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next()
    return this.#models
  }

  /** The name of the model of the schema there. `wanted` is the name of one that has none in the document. */
  model(placed: Placed, wanted: string): string {
    const reference = referenceOf(placed.value)
    if (reference === undefined) return this.#add(placed, wanted)
    return this.#referred(reference, placed) ?? this.#add({ ...placed, value: {} }, wanted)
  }

  /** A schema that the document lists by this name. */
  component(name: string, placed: Placed): void {
    this.#add(placed, name)
  }

  /** A model that stands nowhere in the document. */
  made(name: string, schema: JsonSchema, origin: string): string {
    const free = this.#names.take(capitalised(name, 'Model'))
    this.#models.push({ name: free, schema, origin })
    return free
  }

  /** The model of a request that says nothing. */
  nothing(): string {
    this.#nothing ??= this.made(
      'Nothing',
      { type: 'object', additionalProperties: { not: {} } },
      'no parameters and no body',
    )
    return this.#nothing
  }

  /** In the words of JSON Schema 2020-12, with references to models. */
  schema(placed: Placed, depth = 0): JsonSchema {
    const { value, location } = placed
    if (depth > mostDepth)
      throw unreadable(location, `${placed.pointer} is nested more than ${mostDepth} levels deep`)
    if (typeof value !== 'object' || value === null) return value === false ? { not: {} } : {}
    const reference = referenceOf(value)
    if (reference !== undefined) return this.#reference(reference, placed, depth)
    return nullable(value as Schema, this.#own(placed, depth))
  }

  /** The schema itself, where `schema` refers to a model. */
  resolved(schema: JsonSchema): JsonSchema {
    let at = schema
    for (let hops = 0; typeof at.$ref === 'string' && hops < 30; hops++) {
      const name = at.$ref.slice('#/$defs/'.length)
      at = this.models.find(model => model.name === name)?.schema ?? {}
    }
    return at
  }

  #reference(reference: string, placed: Placed, depth: number): JsonSchema {
    const name = this.#referred(reference, placed)
    const { $ref: _, ...rest } = placed.value as Schema
    const beside = this.#aside ? {} : this.schema({ ...placed, value: rest }, depth + 1)
    return name === undefined ? beside : { $ref: `#/$defs/${name}`, ...beside }
  }

  #referred(reference: string, from: Placed): string | undefined {
    const target = this.#references.target(reference, from.location)
    if (target) return this.#add(target, lastName(target))
    const place = this.#references.place(from.location, reference)
    this.problems.push({ place, problem: `${reference} is not there: any value is allowed instead` })
    return undefined
  }

  #add(placed: Placed, wanted: string): string {
    const id = `${placed.location}#${placed.pointer}`
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const name = this.#names.take(capitalised(wanted, 'Model'))
    this.#known.set(id, name)
    const index = this.#models.length
    const model: ContractModel = {
      name,
      schema: {},
      origin: `#${placed.pointer}`,
      description: descriptionOf(placed),
    }
    this.#models.push(model)
    // Later, so that a long chain of references is no deep recursion.
    this.#waiting.push(() => {
      const { description: _, ...schema } = this.schema(placed)
      this.#models[index] = { ...model, schema }
    })
    return name
  }

  #own(placed: Placed, depth: number): JsonSchema {
    const given = placed.value as Schema
    const at = (name: string) => this.schema(member(placed, name), depth + 1)
    const list = (name: string) =>
      members(member(placed, name)).map(([, inner]) => this.schema(inner, depth + 1))
    const schema: Record<string, unknown> = { ...given, ...limits(given) }
    for (const name of ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'additionalProperties'])
      if (name in given) schema[name] = at(name)
    for (const name of ['allOf', 'anyOf', 'oneOf', 'prefixItems'])
      if (Array.isArray(given[name])) schema[name] = list(name)
    if (Array.isArray(given.items)) {
      schema.prefixItems = list('items')
      delete schema.items
    } else if ('items' in given) schema.items = at('items')
    if ('patternProperties' in given) delete schema.additionalProperties
    if ('properties' in given) Object.assign(schema, this.#properties(placed, depth))
    return isLong(given) ? longInteger(schema) : schema
  }

  /** What only one side may send cannot be required of both. */
  #properties(placed: Placed, depth: number): Schema {
    const fields = members(member(placed, 'properties'))
    const properties = fields.map(([name, inner]) => [name, this.schema(inner, depth + 1)] as const)
    const oneSided = new Set(
      properties.filter(([, { readOnly, writeOnly }]) => readOnly || writeOnly).map(([name]) => name),
    )
    const { required } = placed.value as Schema
    return {
      properties: Object.fromEntries(properties),
      required: Array.isArray(required) ? required.filter(name => !oneSided.has(name)) : undefined,
    }
  }
}

function lastName({ location, pointer }: Placed): string {
  const last = pointer.split('/').at(-1)
  return last || (location.split('/').at(-1) ?? '').replace(/\.\w+$/, '')
}

function descriptionOf({ value }: Placed): string | undefined {
  const { description } = Object(value) as { description?: unknown }
  return typeof description === 'string' ? description : undefined
}

/** `nullable` of OpenAPI 3.0. */
function nullable(given: Schema, schema: JsonSchema): JsonSchema {
  if (given.nullable !== true && given['x-nullable'] !== true) return schema
  const { description, $comment, default: standard, ...rest } = schema
  const aside = Object.fromEntries(
    Object.entries({ description, $comment, default: standard }).filter(([, value]) => value !== undefined),
  )
  if (typeof rest.type === 'string' && !('enum' in rest))
    return { ...aside, ...rest, type: [rest.type, 'null'] }
  return { ...aside, anyOf: [rest, { type: 'null' }] }
}

/** Before OpenAPI 3.1 an exclusive limit was a limit and a flag. */
function limits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): Schema {
  return {
    ...(exclusiveMinimum === true && { exclusiveMinimum: minimum, minimum: undefined }),
    ...(exclusiveMaximum === true && { exclusiveMaximum: maximum, maximum: undefined }),
  }
}

function isLong({ type, format }: Schema): boolean {
  return type === 'integer' && (format === 'int64' || format === 'uint64')
}

/** What JavaScript cannot hold as a number arrives as the text of its digits. */
function longInteger({ type: _, format: __, description, $comment, ...schema }: Schema): JsonSchema {
  const digits = { type: 'string', pattern: '^-?[0-9]{16,20}$' }
  return {
    ...(description !== undefined && { description }),
    anyOf: [{ ...schema, type: 'integer' }, digits],
  }
}
