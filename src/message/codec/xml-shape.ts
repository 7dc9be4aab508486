/** What a JSON Schema says about the content of one element, as far as reading XML needs it. */
export interface Shape {
  /** `any`: the schema says nothing, or allows several; text stays text. */
  readonly kind: 'any' | 'text' | 'number' | 'boolean' | 'object'
  readonly nullable: boolean
  /** By property name: `Sku`, `@no`, `#text`. */
  readonly properties: ReadonlyMap<string, Property>
  /** For properties that are not named. */
  readonly rest: Property | undefined
  /** Required lists: they are empty when no element of that name occurs. */
  readonly lists: readonly string[]
}

/** A property is a list of `shape` or one `shape`. */
export interface Property {
  readonly shape: Shape
  readonly list: boolean
}

type Schema = Readonly<Record<string, unknown>>

const anyShape: Shape = { kind: 'any', nullable: false, properties: new Map(), rest: undefined, lists: [] }
export const anyProperty: Property = { shape: anyShape, list: false }

/** Reads a JSON Schema once; `$ref` into the schema itself, unions and recursion included. */
export function propertyOf(schema: Schema | undefined): Property {
  return schema === undefined ? anyProperty : new ShapeReader(schema).property([schema])
}

class ShapeReader {
  readonly #root: Schema
  readonly #ids = new Map<Schema, number>()
  readonly #known = new Map<string, Property>()

  constructor(root: Schema) {
    this.#root = root
  }

  /** The property that any of these schemas allows. Same branches, same answer: this ends recursion. */
  property(schemas: readonly unknown[]): Property {
    const reached = new Set<Schema>()
    for (const schema of schemas) this.#collect(schema, reached)
    const branches = [...reached].filter(schema => Object.keys(schema).some(keyword => keyword !== '$ref'))
    const id = branches.map(branch => this.#id(branch)).join()
    return this.#known.get(id) ?? this.#build(id, branches)
  }

  #id(branch: Schema): number {
    const id = this.#ids.get(branch) ?? this.#ids.size
    this.#ids.set(branch, id)
    return id
  }

  /** All schemas that a schema is made of by reference and combination. */
  #collect(schema: unknown, into: Set<Schema>): void {
    if (!isSchema(schema) || into.has(schema)) return
    into.add(schema)
    if (typeof schema.$ref === 'string') this.#collect(this.#resolve(schema.$ref), into)
    for (const part of [schema.allOf, schema.anyOf, schema.oneOf].flat()) this.#collect(part, into)
  }

  /** `#`, a pointer such as `#/$defs/Line`, or the name or `$id` of a definition. */
  #resolve(ref: string): unknown {
    if (ref.startsWith('#')) {
      const path = ref.split('/').slice(1)
      const names = path.map(part => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      return names.reduce<unknown>(
        (at, name) => (isSchema(at) && Object.hasOwn(at, name) ? at[name] : undefined),
        this.#root,
      )
    }
    const definitions = Object.entries({ ...asSchema(this.#root.definitions), ...asSchema(this.#root.$defs) })
    return definitions.find(([name, schema]) => name === ref || asSchema(schema).$id === ref)?.[1]
  }

  #build(id: string, branches: readonly Schema[]): Property {
    const types = new Set(branches.flatMap(typesOf))
    const nullable = types.delete('null')
    if (types.has('array')) {
      const property = { shape: anyShape, list: true }
      this.#known.set(id, property)
      const items = branches.map(branch => branch.items).filter(isSchema)
      if (items.length > 0) property.shape = this.property(items).shape
      return property
    }
    const properties = new Map<string, Property>()
    const shape = {
      kind: kindOf(types),
      nullable,
      properties,
      rest: undefined as Property | undefined,
      lists: [] as string[],
    }
    const property = { shape, list: false }
    this.#known.set(id, property)
    const objects = branches.filter(branch => isSchema(branch.properties))
    for (const name of new Set(objects.flatMap(branch => Object.keys(asSchema(branch.properties))))) {
      const child = this.property(objects.map(branch => asSchema(branch.properties)[name]))
      properties.set(name, child)
      if (child.list && objects.every(branch => [branch.required].flat().includes(name)))
        shape.lists.push(name)
    }
    const rest = branches.map(branch => branch.additionalProperties).filter(isSchema)
    if (rest.length > 0) shape.rest = this.property(rest)
    return property
  }
}

function kindOf(types: ReadonlySet<string>): Shape['kind'] {
  const [type, ...others] = new Set([...types].map(each => kinds[each] ?? 'any'))
  return type === undefined || others.length > 0 ? 'any' : type
}

const kinds: Readonly<Record<string, Shape['kind']>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  object: 'object',
}

/** The JSON types that one schema, without what it refers to, allows; none where it does not say. */
function typesOf(schema: Schema): string[] {
  if (schema.type !== undefined) return [schema.type].flat() as string[]
  const values = Object.hasOwn(schema, 'const') ? [schema.const] : schema.enum
  if (Array.isArray(values)) return values.map(value => (value === null ? 'null' : typeof value))
  if (isSchema(schema.properties)) return ['object']
  return isSchema(schema.items) ? ['array'] : []
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {}
}
