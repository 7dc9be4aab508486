import { attributeOf } from '../../message/codec/xml-elements.ts'
import { anyType, textType } from './builtin-types.ts'
import type { ComplexType, GroupParticle, Particle, SimpleType, XsdType } from './components.ts'
import { childrenOf, type Declarations, type Declared, isTrue, typeNamed } from './declared.ts'
import { keyOf } from './qname.ts'
import { type Attributes, readAttributes } from './read-attributes.ts'
import { readContent } from './read-particles.ts'
import { restricted } from './read-simple-type.ts'

/** A complex type with all that it has from the types which it extends or restricts. */
export function readComplexType(at: Declared, set: Declarations): ComplexType {
  const name = attributeOf(at.node, 'name')
  const [content] = childrenOf(at, 'simpleContent', 'complexContent')
  const own = content ? derived(content, set) : { particle: readContent(at, set), ...readAttributes(at, set) }
  return {
    ...empty,
    ...own,
    kind: 'complex',
    key: name === undefined ? undefined : keyOf(at.schema.targetNamespace, name),
    abstract: isTrue(at.node, 'abstract'),
    mixed:
      own.mixed === true || isTrue(at.node, 'mixed') || (content ? isTrue(content.node, 'mixed') : false),
  }
}

type Parts = Partial<Omit<ComplexType, 'kind' | 'key' | 'abstract'>> & Attributes

const empty = { base: undefined, text: undefined, particle: undefined }

function derived(content: Declared, set: Declarations): Parts {
  const [derivation] = childrenOf(content, 'extension', 'restriction')
  if (!derivation) {
    set.problem(content, `${content.node.name} neither extends nor restricts anything; it is read as empty`)
    return { attributes: [], anyAttribute: false }
  }
  const key = set.named(derivation, 'base')
  const base = key === undefined ? undefined : typeNamed(derivation, key, set)
  const own = readAttributes(derivation, set)
  const inherited = base?.kind === 'complex' && base !== anyType ? base : undefined
  const attributes = joined(inherited, own, derivation)
  if (content.node.name === 'simpleContent')
    return { base, ...attributes, text: textOf(derivation, base, set) }
  const particle = readContent(derivation, set)
  if (derivation.node.name === 'restriction')
    return { base, ...attributes, particle: arrayOr(particle, derivation) }
  const mixed = inherited?.mixed === true
  return { base, ...attributes, mixed, particle: inSequence(inherited?.particle, particle) }
}

/** A restricted SOAP array has its items under any name. */
function arrayOr(particle: Particle | undefined, { node }: Declared): Particle | undefined {
  if (particle || !/(?:^|:)Array$/.test(attributeOf(node, 'base') ?? '')) return particle
  return anyType.particle
}

function joined(base: ComplexType | undefined, own: Attributes, { node, schema }: Declared): Attributes {
  const isOwn = (key: string) => own.attributes.some(({ namespace, name }) => keyOf(namespace, name) === key)
  const removed = new Set(
    childrenOf({ node, schema }, 'attribute')
      .filter(each => attributeOf(each.node, 'use') === 'prohibited')
      .map(each => attributeOf(each.node, 'name')),
  )
  const kept = (base?.attributes ?? []).filter(
    ({ namespace, name }) => !isOwn(keyOf(namespace, name)) && !removed.has(name),
  )
  return {
    attributes: [...kept, ...own.attributes],
    anyAttribute: own.anyAttribute || base?.anyAttribute === true,
  }
}

function textOf(derivation: Declared, base: XsdType | undefined, set: Declarations): SimpleType {
  const text = base?.kind === 'simple' ? base : (base?.text ?? textType)
  return derivation.node.name === 'restriction' ? restricted(derivation, set, text) : text
}

function inSequence(first: Particle | undefined, second: Particle | undefined): Particle | undefined {
  if (!first || !second) return first ?? second
  const sequence: GroupParticle = { kind: 'sequence', items: [first, second], min: 1, max: 1 }
  return sequence
}
