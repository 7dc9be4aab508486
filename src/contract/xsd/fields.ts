import type { AttributeUse, ComplexType, ElementDecl, Particle } from './components.ts'
import { keyOf, xmlNamespace } from './qname.ts'

/** An element of a type, as a property of data. */
export interface Field {
  /** Its local name; with its namespace, `{urn:erp}no`, where the type has another element of that local name. */
  readonly key: string
  readonly element: ElementDecl
  /** May occur several times. */
  readonly list: boolean
  /** Occurs wherever the type does. */
  readonly required: boolean
  /** Most occurrences, where that is one number. */
  readonly max: number
}

export interface Fields {
  readonly byKey: ReadonlyMap<string, Field>
  /** By key of the element's name. */
  readonly byName: ReadonlyMap<string, Field>
  /** Whether elements may stand there that the type does not name. */
  readonly open: boolean
}

const known = new WeakMap<ComplexType, Fields>()

/** The elements of a type, in its order; those that may stand in the place of another included. */
export function fieldsOf(type: ComplexType): Fields {
  const fields = known.get(type) ?? collect(type.particle)
  known.set(type, fields)
  return fields
}

function collect(particle: Particle | undefined): Fields {
  const found = new Found()
  if (particle) found.walk(particle, false, false)
  const byKey = new Map<string, Field>()
  const byName = new Map<string, Field>()
  for (const [name, { element, ...rest }] of found.elements) {
    const key = byKey.has(element.name) ? name : element.name
    const field = { key, element, ...rest }
    byKey.set(key, field)
    byName.set(name, field)
  }
  return { byKey, byName, open: found.open }
}

class Found {
  readonly elements = new Map<string, Omit<Field, 'key'>>()
  open = false

  walk(particle: Particle, optional: boolean, repeated: boolean): void {
    if (particle.kind === 'any') this.open = true
    else if (particle.kind === 'element') {
      const { element, min, max } = particle
      const alone = element.substitutes.length === 0
      if (!element.abstract || alone) this.#add(element, !optional && min > 0 && alone, repeated, max)
      for (const each of element.substitutes) if (!each.abstract) this.#add(each, false, repeated, max)
    } else {
      const isOptional =
        optional || particle.min === 0 || (particle.kind === 'choice' && particle.items.length > 1)
      for (const item of particle.items) this.walk(item, isOptional, repeated || particle.max > 1)
    }
  }

  #add(element: ElementDecl, required: boolean, repeated: boolean, max: number): void {
    const name = keyOf(element.namespace, element.name)
    const earlier = this.elements.get(name)
    const most = repeated || earlier ? Number.POSITIVE_INFINITY : max
    const list = most > 1
    this.elements.set(name, {
      element: earlier?.element ?? element,
      list: earlier ? earlier.list || list : list,
      required: required || earlier?.required === true,
      max: most,
    })
  }
}

/** The property of an attribute: `@no`; with its namespace where the type has another of that name. */
export function attributeKey({ name, namespace }: AttributeUse, type: ComplexType): string {
  const first = type.attributes.find(each => each.name === name)
  if (namespace === xmlNamespace) return `@xml:${name}`
  return !first || first.namespace === namespace ? `@${name}` : `@${keyOf(namespace, name)}`
}
