import { attributeOf } from '../../message/codec/xml-elements.ts'
import { textType } from './builtin-types.ts'
import type { Facets, SimpleType } from './components.ts'
import { childrenOf, type Declarations, type Declared, simpleTypeNamed, typeNamed } from './declared.ts'
import { keyOf } from './qname.ts'

/** A simple type with all that the types say of which it is made. Lists and unions are text. */
export function readSimpleType(at: Declared, set: Declarations): SimpleType {
  const name = attributeOf(at.node, 'name')
  const key = name === undefined ? undefined : keyOf(at.schema.targetNamespace, name)
  const [restriction] = childrenOf(at, 'restriction')
  if (restriction) return { ...restricted(restriction, set), key }
  const [union] = childrenOf(at, 'union')
  return { kind: 'simple', key, builtin: 'string', facets: union ? unionFacets(union, set) : {} }
}

/** What a `restriction` makes of its base. */
export function restricted(at: Declared, set: Declarations, ofText?: SimpleType): SimpleType {
  const [inline] = childrenOf(at, 'simpleType')
  const base = inline ? readSimpleType(inline, set) : (ofText ?? simpleTypeNamed(at, 'base', set))
  return { ...base, key: undefined, facets: { ...base.facets, ...ownFacets(at, base.facets) } }
}

const counts = ['length', 'minLength', 'maxLength', 'totalDigits', 'fractionDigits'] as const
const bounds = ['minInclusive', 'maxInclusive', 'minExclusive', 'maxExclusive'] as const

function ownFacets(at: Declared, inherited: Facets): Facets {
  const own: Record<string, unknown> = {}
  const values = (name: string) => childrenOf(at, name).map(({ node }) => attributeOf(node, 'value') ?? '')
  for (const name of counts) {
    const [value] = values(name)
    if (value !== undefined && /^\s*\d{1,9}\s*$/.test(value)) own[name] = Number(value)
  }
  for (const name of bounds) {
    const [value] = values(name)
    if (value !== undefined) own[name] = value.trim()
  }
  const enumeration = values('enumeration')
  if (enumeration.length > 0) own.enumeration = [...new Set(enumeration)]
  const patterns = values('pattern')
  if (patterns.length > 0) own.patterns = [...(inherited.patterns ?? []), patterns]
  return own
}

/** A union of enumerations is one; of any other, its members tell nothing together. */
function unionFacets(at: Declared, set: Declarations): Facets {
  const names = (attributeOf(at.node, 'memberTypes') ?? '').split(/\s+/).filter(name => name !== '')
  const named = names.map(name => {
    const attributes = [{ name: 'member', namespace: '', value: name }]
    const one = { ...at, node: { ...at.node, attributes } }
    const key = set.named(one, 'member')
    const type = key === undefined ? undefined : typeNamed(at, key, set)
    return type?.kind === 'simple' ? type : textType
  })
  const members = [...named, ...childrenOf(at, 'simpleType').map(each => readSimpleType(each, set))]
  const enumerations = members.map(({ facets }) => facets.enumeration)
  if (members.length === 0 || enumerations.includes(undefined)) return {}
  return { enumeration: [...new Set(enumerations.flatMap(each => each ?? []))] }
}
