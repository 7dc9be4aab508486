import type { ComplexType, ElementDecl, GroupParticle, Particle } from '../../contract/xsd/components.ts'
import { type Field, fieldsOf } from '../../contract/xsd/fields.ts'
import { keyOf } from '../../contract/xsd/qname.ts'
import { IsthmusError } from '../../errors.ts'

/** What writes one element; `ElementWriter`. */
interface Elements {
  element(declared: ElementDecl, value: unknown, at: string): string
  unknown(key: string, namespace: string, value: unknown, at: string): string
}

/** Values of one property, of which the first `next` are written. */
interface Queue {
  readonly key: string
  readonly values: readonly unknown[]
  readonly isList: boolean
  next: number
}

/** The elements of one object in the order that its type wants. Every property is written, or refused. */
export class Content {
  readonly #type: ComplexType
  readonly #at: string
  /** By key of the element's name; those that the type does not name by `*`. */
  readonly #queues = new Map<string, Queue>()
  readonly #others: Queue[] = []
  #written = 0

  constructor(type: ComplexType, value: Record<string, unknown>, at: string) {
    this.#type = type
    this.#at = at
    const fields = fieldsOf(type)
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || key.startsWith('@') || key === '#text') continue
      const field = fields.byKey.get(key)
      if (!field && !fields.open) throw unfit(this.#below(key), 'is not in the schema')
      const queue = queueOf(key, item, field, this.#below(key))
      if (field) this.#queues.set(keyOf(field.element.namespace, field.element.name), queue)
      else this.#others.push(queue)
    }
  }

  write(to: Elements): string {
    const { particle } = this.#type
    const text = particle ? this.#particle(particle, to) : ''
    const left = [...this.#queues.values(), ...this.#others].find(isWaiting)
    if (!left) return text
    throw unfit(
      this.#place(left),
      left.next > 0 ? 'is there more often than the schema allows' : 'is not allowed beside the other fields',
    )
  }

  #particle(particle: Particle, to: Elements): string {
    if (particle.kind === 'element') return this.#element(particle.element, particle.min, particle.max, to)
    if (particle.kind === 'any') return this.#anything(particle.max, to)
    let text = ''
    for (let count = 0; count < particle.max; count++) {
      if (count >= particle.min && !this.#isWaited(particle)) break
      const before = this.#written
      text += particle.kind === 'choice' ? this.#choice(particle, to) : this.#each(particle, to)
      if (this.#written === before) break
    }
    return text
  }

  #each({ items }: GroupParticle, to: Elements): string {
    let text = ''
    for (const item of items) text += this.#particle(item, to)
    return text
  }

  /** The branch that has most of what waits. */
  #choice({ items }: GroupParticle, to: Elements): string {
    let best: Particle | undefined
    let most = 0
    for (const item of items) {
      const waiting = this.#waiting(item)
      if (waiting > most) {
        best = item
        most = waiting
      }
    }
    if (best) return this.#particle(best, to)
    if (items.length === 0 || items.some(isEmptiable)) return ''
    const names = [...namesIn({ kind: 'choice', items, min: 1, max: 1 })].map(name => this.#keyOf(name))
    throw unfit(this.#at, `holds none of ${names.slice(0, 10).join(', ')}, of which one is required`)
  }

  #element(element: ElementDecl, min: number, max: number, to: Elements): string {
    let text = ''
    let count = 0
    for (const each of [element, ...element.substitutes]) {
      const queue = this.#queues.get(keyOf(each.namespace, each.name))
      for (; queue && isWaiting(queue) && count < max; count++) text += this.#take(queue, to, each)
    }
    if (count >= min) return text
    const key = this.#keyOf(keyOf(element.namespace, element.name))
    throw unfit(
      this.#below(key),
      count === 0 ? 'is required' : `is there ${count} times, and ${min} are required`,
    )
  }

  #take(queue: Queue, to: Elements, element: ElementDecl): string {
    const place = this.#place(queue)
    const value = queue.values[queue.next++]
    this.#written++
    return to.element(element, value, place)
  }

  #anything(max: number, to: Elements): string {
    let text = ''
    let count = 0
    for (const queue of this.#others)
      for (; isWaiting(queue) && count < max; count++) {
        const place = this.#place(queue)
        this.#written++
        text += to.unknown(queue.key, '', queue.values[queue.next++], place)
      }
    return text
  }

  #isWaited(particle: Particle): boolean {
    return this.#waiting(particle) > 0
  }

  /** How many properties of a particle wait to be written. */
  #waiting(particle: Particle): number {
    let count = 0
    for (const name of namesIn(particle)) {
      if (name === anything) count += this.#others.some(isWaiting) ? 1 : 0
      else {
        const queue = this.#queues.get(name)
        if (queue && isWaiting(queue)) count++
      }
    }
    return count
  }

  #keyOf(name: string): string {
    return fieldsOf(this.#type).byName.get(name)?.key ?? name
  }

  #place({ key, isList, next }: Queue): string {
    return this.#below(isList ? `${key}[${next}]` : key)
  }

  #below(key: string): string {
    return this.#at === '' ? key : `${this.#at}.${key}`
  }
}

function queueOf(key: string, item: unknown, field: Field | undefined, at: string): Queue {
  const isList = Array.isArray(item)
  if (isList && field && !field.list) throw unfit(at, 'is a list, and the schema allows one')
  return { key, values: isList ? item : [item], isList, next: 0 }
}

function isWaiting({ values, next }: Queue): boolean {
  return next < values.length
}

const anything = '*'
const known = new WeakMap<Particle, ReadonlySet<string>>()

/** Keys of the elements that a particle may hold. */
function namesIn(particle: Particle): ReadonlySet<string> {
  let names = known.get(particle)
  if (names) return names
  if (particle.kind === 'any') names = new Set([anything])
  else if (particle.kind === 'element') {
    const { element } = particle
    names = new Set([element, ...element.substitutes].map(each => keyOf(each.namespace, each.name)))
  } else names = new Set(particle.items.flatMap(item => [...namesIn(item)]))
  known.set(particle, names)
  return names
}

function isEmptiable(particle: Particle): boolean {
  if (particle.min === 0) return true
  if (particle.kind === 'element' || particle.kind === 'any') return false
  if (particle.kind === 'choice') return particle.items.length === 0 || particle.items.some(isEmptiable)
  return particle.items.every(isEmptiable)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value itself is not repeated: it may be confidential. */
export function unfit(at: string, problem: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', `${at === '' ? 'the data' : at} ${problem}`)
}
