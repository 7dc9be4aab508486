import { IsthmusError } from '../../errors.ts'

/** What a service says about its data: its `$metadata`, with names resolved and base types merged in. */
export interface Edm {
  readonly version: OdataVersion
  /** By qualified name: `NorthwindModel.Category`. */
  readonly types: ReadonlyMap<string, EdmType>
  readonly enums: ReadonlyMap<string, EdmEnum>
  /** Entity sets and singletons, by name. */
  readonly sets: ReadonlyMap<string, EdmSet>
  readonly operations: readonly EdmOperation[]
}

/** V3 is read as V2, from which its descriptions hardly differ. */
export type OdataVersion = 'V2' | 'V4'

/** What stands for a value: `Edm.Decimal`, or the qualified name of a type of the service. */
export interface EdmTyped {
  readonly name: string
  readonly type: string
  readonly collection: boolean
  readonly nullable: boolean
}

export interface EdmProperty extends EdmTyped {
  readonly maxLength: number | undefined
  /** Digits behind the point; undefined where any number of them is allowed or none is said. */
  readonly scale: number | undefined
  readonly default: string | undefined
  /** The service makes the value: it cannot be given when a record is created. */
  readonly computed: boolean
  readonly description: string | undefined
}

/** An entity type, or, without keys, a complex type. */
export interface EdmType {
  readonly name: string
  readonly kind: 'entity' | 'complex'
  readonly base: string | undefined
  /** Holds fields that are not described. */
  readonly open: boolean
  readonly keys: readonly string[]
  readonly properties: ReadonlyMap<string, EdmProperty>
  readonly navigations: ReadonlyMap<string, EdmTyped>
  readonly description: string | undefined
}

export interface EdmEnum {
  readonly name: string
  readonly members: readonly string[]
  readonly flags: boolean
}

export interface EdmSet {
  readonly name: string
  readonly type: string
  readonly singleton: boolean
  readonly description: string | undefined
  /** What the description does not forbid. */
  readonly can: {
    readonly read: boolean
    readonly create: boolean
    readonly update: boolean
    readonly delete: boolean
  }
}

/** A function or action; by V2, a function import. */
export interface EdmOperation {
  /** Without namespace, as it is called by. */
  readonly name: string
  /** `shop.Shop.cancel`: the name by which bound ones are called. */
  readonly qualified: string
  readonly kind: 'function' | 'action'
  /** The type that it is bound to, and then not among the parameters. */
  readonly binding: EdmTyped | undefined
  readonly parameters: readonly EdmTyped[]
  readonly returns: EdmTyped | undefined
  /** It is called at the service root, by its own name. */
  readonly imported: boolean
  readonly description: string | undefined
}

/** Throws CONFIG-INVALID, so that the flow waits until somebody mends the name. */
export function setOf(edm: Edm, name: string, channel: string): EdmSet {
  const set = edm.sets.get(name)
  if (set) return set
  throw new IsthmusError(
    'CONFIG-INVALID',
    `${channel}: the service has no entity set ${name}; its $metadata knows ${someOf(edm.sets.keys())}.`,
  )
}

export function typeOf(edm: Edm, name: string, channel: string): EdmType {
  const type = edm.types.get(name)
  if (type) return type
  throw new IsthmusError('CONFIG-INVALID', `${channel}: the $metadata does not describe the type ${name}.`)
}

/** Whether `name` is `ancestor`, or made from it. */
export function isKindOf(edm: Edm, name: string, ancestor: string): boolean {
  for (let at: string | undefined = name; at !== undefined; at = edm.types.get(at)?.base)
    if (at === ancestor) return true
  return false
}

function someOf(names: Iterable<string>): string {
  const all = [...names]
  const more = all.length > 10 ? ` and ${all.length - 10} more` : ''
  return `${all.slice(0, 10).join(', ')}${more}` || 'none'
}
