import { anyType } from '../../src/contract/xsd/builtin-types.ts'
import type { ComplexType, Particle, SimpleType, XsdType } from '../../src/contract/xsd/components.ts'
import { attributeKey, fieldsOf } from '../../src/contract/xsd/fields.ts'
import { keyOf } from '../../src/contract/xsd/qname.ts'

const values: Readonly<Record<string, unknown>> = {
  boolean: true,
  date: '2026-05-04',
  dateTime: '2026-05-04T12:00:00Z',
  decimal: '1.50',
  double: 1.5,
  duration: 'P1D',
  base64Binary: 'AAAA',
  hexBinary: 'AB',
  int: 3,
  integer: '4',
  long: '5',
  nonNegativeInteger: '0',
  positiveInteger: '2',
  time: '12:00:00',
}

/** Data that a type allows, of choices that a seed makes. `depth` bounds what is optional. */
export class RandomData {
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  of(type: XsdType, depth: number): unknown {
    if (type === anyType) return 'anything'
    if (type.kind === 'simple') return this.#simple(type)
    const data: Record<string, unknown> = {}
    for (const attribute of type.attributes)
      if (attribute.required || this.#chance(0.2))
        data[attributeKey(attribute, type)] = this.#simple(attribute.type)
    if (type.text) data['#text'] = this.#simple(type.text)
    else if (type.particle) this.#fill(type.particle, data, type, depth)
    return data
  }

  #simple({ builtin, facets }: SimpleType): unknown {
    if (facets.enumeration) return this.#one(facets.enumeration)
    return values[builtin] ?? 'x'.repeat(Math.max(1, facets.length ?? facets.minLength ?? 1))
  }

  #fill(particle: Particle, data: Record<string, unknown>, type: ComplexType, depth: number): void {
    if (particle.kind === 'any') return
    const { min, max } = particle
    const more = depth > 0 && this.#chance(0.35) ? Math.min(max - min, 2) : 0
    if (particle.kind === 'element') {
      const { element } = particle
      const field = fieldsOf(type).byName.get(keyOf(element.namespace, element.name))
      for (let count = 0; field && count < min + more; count++) {
        const item = this.of(element.type, depth - 1)
        data[field.key] = field.list ? [data[field.key] ?? [], item].flat() : item
      }
    } else if (min > 0 || more > 0) {
      const items = particle.kind === 'choice' ? [this.#one(particle.items)] : particle.items
      for (const item of items) this.#fill(item, data, type, depth)
    }
  }

  #one<T>(items: readonly T[]): T {
    return items[Math.floor(this.#next() * items.length)] as T
  }

  #chance(share: number): boolean {
    return this.#next() < share
  }

  /** Source: the constants of ANSI C. */
  #next(): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31
    return this.#seed / 2 ** 31
  }
}
