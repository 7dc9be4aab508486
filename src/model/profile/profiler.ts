import { FieldCounts } from './field-counts.ts'
import type { Profile } from './profile.ts'

export interface ProfileOptions {
  /** Dotted paths of personal data, as a model tells them: values of these fields are not kept. */
  readonly pii?: readonly string[] | undefined
}

/** Paths beyond are not looked at: data whose keys are values, such as dates, have no end of them. */
const mostPaths = 500
/** Elements of a list that are looked at. */
const mostElements = 100
const deepest = 16

/** Makes a profile of records, one after the other, in memory that does not grow with them. */
export class Profiler {
  readonly #pii: readonly string[]
  readonly #fields = new Map<string, FieldCounts>()
  /** How many objects there were at a path. */
  readonly #objects = new Map<string, number>()
  readonly #leftOut = new Set<string>()
  #records = 0

  constructor({ pii = [] }: ProfileOptions = {}) {
    this.#pii = pii.map(path => path.replaceAll('[]', ''))
  }

  get records(): number {
    return this.#records
  }

  add(record: unknown): void {
    this.#records++
    this.#walk('', record, 0)
  }

  result(): Profile {
    const fields = [...this.#fields].map(([path, counts]) => counts.result(this.#placesOf(path, counts)))
    return {
      isthmus: 'profile',
      version: 1,
      records: this.#records,
      fields,
      pathsLeftOut: this.#leftOut.size,
    }
  }

  #walk(path: string, value: unknown, depth: number): void {
    if (Array.isArray(value) && depth < deepest) {
      if (path !== '') this.#field(path)?.add(value)
      for (const element of value.slice(0, mostElements)) this.#walk(`${path}[]`, element, depth + 1)
    } else if (isPlainObject(value) && depth < deepest) {
      // An element of a list is told by the list and by its own fields.
      if (path !== '' && !path.endsWith('[]')) this.#field(path)?.add(value)
      this.#objects.set(path, (this.#objects.get(path) ?? 0) + 1)
      for (const [name, inner] of Object.entries(value))
        if (inner !== undefined) this.#walk(path === '' ? name : `${path}.${name}`, inner, depth + 1)
    } else this.#field(path)?.add(value)
  }

  #field(path: string): FieldCounts | undefined {
    const known = this.#fields.get(path)
    if (known) return known
    if (this.#fields.size >= mostPaths) {
      if (this.#leftOut.size < mostPaths) this.#leftOut.add(path)
      return undefined
    }
    const counts = new FieldCounts(path, this.#isPersonal(path))
    this.#fields.set(path, counts)
    return counts
  }

  #isPersonal(path: string): boolean {
    const plain = path.replaceAll('[]', '')
    return this.#pii.some(each => plain === each || plain.startsWith(`${each}.`))
  }

  #placesOf(path: string, counts: FieldCounts): number {
    if (path === '' || path.endsWith('[]')) return counts.seen
    const end = path.lastIndexOf('.')
    return this.#objects.get(end < 0 ? '' : path.slice(0, end)) ?? counts.seen
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The profile of a list of records. */
export function profile(records: Iterable<unknown>, options: ProfileOptions = {}): Profile {
  const profiler = new Profiler(options)
  for (const record of records) profiler.add(record)
  return profiler.result()
}
