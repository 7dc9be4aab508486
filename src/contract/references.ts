import { IsthmusError, reasonOf } from '../errors.ts'
import type { ContractDocument, ContractProblem } from './contract.ts'
import { lineOf, type StructuredText, structuredText } from './structured-text.ts'

/** A value and where it stands: the document, and the JSON Pointer in it (RFC 6901). */
export interface Placed<T = unknown> {
  readonly value: T
  readonly location: string
  readonly pointer: string
}

interface Loaded extends StructuredText {
  /** From a reference to another document, as it is written, to its location. */
  readonly others: ReadonlyMap<string, string>
}

/** References that only lead to others. */
const mostHops = 30

/** A document in JSON or YAML with everything that it refers to. */
export class References {
  readonly root: Placed
  readonly #documents: ReadonlyMap<string, Loaded>

  private constructor(location: string, documents: ReadonlyMap<string, Loaded>) {
    this.#documents = documents
    this.root = { value: documents.get(location)?.value, location, pointer: '' }
  }

  /** Rejects with CONTRACT-REFERENCE, with place and line, where a document is missing. */
  static async of(document: ContractDocument): Promise<References> {
    const documents = new Map<string, Loaded>()
    await load(document, documents)
    return new References(document.location, documents)
  }

  get problems(): readonly ContractProblem[] {
    return [...this.#documents.values()].flatMap(({ problems }) => problems)
  }

  /** The names of the documents. */
  get locations(): readonly string[] {
    return [...this.#documents.keys()]
  }

  /** What a reference of the document at `from` leads to; undefined where nothing is there. */
  target(reference: string, from: string): Placed | undefined {
    const [document = '', fragment = ''] = reference.split('#', 2)
    const location = document === '' ? from : this.#documents.get(from)?.others.get(document)
    const loaded = location === undefined ? undefined : this.#documents.get(location)
    if (!loaded || location === undefined || !(fragment === '' || fragment.startsWith('/'))) return undefined
    let value = loaded.value
    for (const name of steps(fragment)) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
      value = (value as Record<string, unknown>)[name]
    }
    return { value, location, pointer: fragment }
  }

  /** The value itself, or behind references the one that they lead to; undefined where they lead nowhere. */
  follow(placed: Placed): Placed | undefined {
    let at: Placed | undefined = placed
    for (let hops = 0; at && hops < mostHops; hops++) {
      const reference = referenceOf(at.value)
      if (reference === undefined) return at
      at = this.target(reference, at.location)
    }
    return undefined
  }

  /** `file.yaml:12`, the first place where the text stands. */
  place(location: string, text: string): string {
    const line = lineOf(this.#documents.get(location)?.text ?? '', text)
    return line === undefined ? location : `${location}:${line}`
  }
}

export function referenceOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { $ref } = value as { $ref?: unknown }
  return typeof $ref === 'string' ? $ref : undefined
}

/** What stands under a name of an object. */
export function member({ value, location, pointer }: Placed, name: string): Placed {
  const own = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  const inner = own ? (value as Record<string, unknown>)[name] : undefined
  return { value: inner, location, pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` }
}

/** Everything that stands in an object or list, by name. */
export function members(placed: Placed): (readonly [string, Placed])[] {
  if (typeof placed.value !== 'object' || placed.value === null) return []
  return Object.keys(placed.value).map(name => [name, member(placed, name)] as const)
}

export function textAt(placed: Placed, name: string): string | undefined {
  const { value } = member(placed, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function steps(fragment: string): string[] {
  const parts = fragment.split('/').slice(1)
  return parts.map(part => decoded(part).replaceAll('~1', '/').replaceAll('~0', '~'))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function load(document: ContractDocument, documents: Map<string, Loaded>): Promise<void> {
  const read = structuredText(document)
  const others = new Map<string, string>()
  documents.set(document.location, { ...read, others })
  for (const reference of documentsIn(read.value)) {
    const other = await document.load(reference).catch(error => {
      if (!(error instanceof IsthmusError)) throw error
      const line = lineOf(read.text, reference)
      const place = line === undefined ? document.location : `${document.location}:${line}`
      throw new IsthmusError(error.code, `${place}: ${reasonOf(error)}`, { cause: error })
    })
    others.set(reference, other.location)
    if (!documents.has(other.location)) await load(other, documents)
  }
}

/** The other documents that `$ref`s name. */
function documentsIn(value: unknown): Set<string> {
  const found = new Set<string>()
  const waiting = [value]
  const seen = new Set<object>()
  for (let next = waiting.pop(); waiting.length > 0 || next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    const document = referenceOf(next)?.split('#', 1)[0]
    if (document) found.add(document)
    for (const inner of Object.values(next))
      if (typeof inner === 'object' && inner !== null) waiting.push(inner)
  }
  return found
}
