import { attributeOf, type XmlElement } from '../../message/codec/xml-elements.ts'
import type { GroupParticle, Particle } from './components.ts'
import { childrenOf, type Declarations, type Declared } from './declared.ts'
import { readElement } from './read-declarations.ts'

const groups = ['sequence', 'choice', 'all', 'group']

/** The content of a type, an extension or a restriction; undefined where it is empty. */
export function readContent(at: Declared, set: Declarations): Particle | undefined {
  const [content] = childrenOf(at, ...groups)
  return content && readParticle(content, set, [])
}

/** `within` names the groups that are being read, so that one made of itself ends. */
function readParticle(at: Declared, set: Declarations, within: readonly string[]): Particle | undefined {
  set.unfold(at)
  const { name } = at.node
  if (name === 'any') return { kind: 'any', ...occurrenceOf(at.node) }
  if (name === 'element') return elementParticle(at, set)
  if (name === 'group') return groupParticle(at, set, within)
  return {
    kind: name as GroupParticle['kind'],
    items: itemsOf(at, set, within),
    ...occurrenceOf(at.node),
  }
}

function itemsOf(at: Declared, set: Declarations, within: readonly string[]): Particle[] {
  return childrenOf(at, 'element', 'any', ...groups)
    .map(child => readParticle(child, set, within))
    .filter(particle => particle !== undefined)
    .filter(({ max }) => max > 0)
}

function elementParticle(at: Declared, set: Declarations): Particle | undefined {
  const occurrence = occurrenceOf(at.node)
  const reference = set.named(at, 'ref')
  if (reference === undefined) return { kind: 'element', element: readElement(at, set, true), ...occurrence }
  const element = set.element(reference)
  if (element) return { kind: 'element', element, ...occurrence }
  set.problem(at, `the element ${reference} is not defined; anything is taken for it`)
  return { kind: 'any', ...occurrence }
}

function groupParticle(at: Declared, set: Declarations, within: readonly string[]): Particle | undefined {
  const key = set.named(at, 'ref') ?? ''
  const group = within.includes(key) || within.length > 100 ? undefined : set.group('group', key)
  const [content] = group ? childrenOf(group, 'sequence', 'choice', 'all') : []
  if (!group) set.problem(at, `the group ${key} is not defined, or is made of itself; it is left out`)
  const particle = content && readParticle(content, set, [...within, key])
  return particle && { kind: 'sequence', items: [particle], ...occurrenceOf(at.node) }
}

function occurrenceOf(node: XmlElement): { min: number; max: number } {
  const max = attributeOf(node, 'maxOccurs')?.trim() ?? '1'
  const min = Number(attributeOf(node, 'minOccurs') ?? '1')
  return {
    min: Number.isInteger(min) && min >= 0 ? min : 1,
    max: max === 'unbounded' ? Number.POSITIVE_INFINITY : countOf(max),
  }
}

function countOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 1
}
