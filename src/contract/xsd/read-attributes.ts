import { attributeOf } from '../../message/codec/xml-elements.ts'
import type { AttributeUse } from './components.ts'
import { childrenOf, type Declarations, type Declared } from './declared.ts'
import { readAttribute } from './read-declarations.ts'

export interface Attributes {
  readonly attributes: readonly AttributeUse[]
  readonly anyAttribute: boolean
}

/** The attributes of a type or attribute group, those of the groups that it names included. */
export function readAttributes(at: Declared, set: Declarations, within: readonly string[] = []): Attributes {
  const attributes: AttributeUse[] = []
  let anyAttribute = false
  for (const child of childrenOf(at, 'attribute', 'attributeGroup', 'anyAttribute')) {
    set.unfold(child)
    if (child.node.name === 'anyAttribute') anyAttribute = true
    else if (child.node.name === 'attribute') attributes.push(...attributeIn(child, set))
    else {
      const key = set.named(child, 'ref') ?? ''
      const group = within.includes(key) || within.length > 100 ? undefined : set.group('attributeGroup', key)
      if (!group) set.problem(child, `the attribute group ${key} is not defined, or is made of itself`)
      const inner = group && readAttributes(group, set, [...within, key])
      attributes.push(...(inner?.attributes ?? []))
      anyAttribute ||= inner?.anyAttribute === true
    }
  }
  return { attributes, anyAttribute }
}

function attributeIn(at: Declared, set: Declarations): AttributeUse[] {
  const use = attributeOf(at.node, 'use')
  if (use === 'prohibited') return []
  const reference = set.named(at, 'ref')
  if (reference === undefined) return [readAttribute(at, set, true)]
  // A SOAP array says what its items are; the type of the array says it better.
  if (/soap.*}arrayType$/.test(reference)) return []
  const attribute = set.attribute(reference)
  if (!attribute) set.problem(at, `the attribute ${reference} is not defined; it is left out`)
  return attribute ? [{ ...attribute, required: use === 'required' }] : []
}
