/**
 * What a set of schemas declares, as far as reading and writing data needs it. Elements know their type only when they
 * are asked, so that types may contain themselves. Keys are those of `keyOf`.
 */
export type XsdType = SimpleType | ComplexType

export interface SimpleType {
  readonly kind: 'simple'
  /** Absent where it has no name. */
  readonly key: string | undefined
  /** The built-in type of which its values are: `decimal`; of a union or list `string`. */
  readonly builtin: string
  readonly facets: Facets
}

export interface Facets {
  readonly enumeration?: readonly string[]
  /** A value fits one of each group. As XML Schema writes them. */
  readonly patterns?: readonly (readonly string[])[]
  readonly length?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minInclusive?: string
  readonly maxInclusive?: string
  readonly minExclusive?: string
  readonly maxExclusive?: string
  readonly totalDigits?: number
  readonly fractionDigits?: number
}

export interface ComplexType {
  readonly kind: 'complex'
  readonly key: string | undefined
  readonly abstract: boolean
  /** What it extends or restricts. */
  readonly base: XsdType | undefined
  /** May hold text between its elements. */
  readonly mixed: boolean
  /** The type of its text, where it has no elements but text (simpleContent). */
  readonly text: SimpleType | undefined
  readonly particle: Particle | undefined
  readonly attributes: readonly AttributeUse[]
  readonly anyAttribute: boolean
}

export interface ElementDecl {
  readonly name: string
  /** '' where it is written without. */
  readonly namespace: string
  readonly nillable: boolean
  readonly abstract: boolean
  readonly type: XsdType
  /** Elements that may stand in its place. */
  readonly substitutes: readonly ElementDecl[]
  readonly documentation: string | undefined
}

export interface AttributeUse {
  readonly name: string
  readonly namespace: string
  readonly type: SimpleType
  readonly required: boolean
}

export type Particle = ElementParticle | GroupParticle | WildcardParticle

interface Occurrence {
  readonly min: number
  /** Infinity for unbounded. */
  readonly max: number
}

export interface ElementParticle extends Occurrence {
  readonly kind: 'element'
  readonly element: ElementDecl
}

export interface GroupParticle extends Occurrence {
  readonly kind: 'sequence' | 'choice' | 'all'
  readonly items: readonly Particle[]
}

export interface WildcardParticle extends Occurrence {
  readonly kind: 'any'
}
