import type { Edm } from './edm.ts'

/** How what a service calls its own is called in a contract. */
export class Names {
  readonly #models = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly #channels = new Set<string>()

  constructor(edm: Edm) {
    for (const name of edm.types.keys()) this.#models.set(name, this.fresh(lastOf(name)))
  }

  /** The model of a type; undefined for one that is not described. */
  modelOf(type: string): string | undefined {
    return this.#models.get(type)
  }

  /** A name for another model: letters and digits. */
  fresh(text: string): string {
    const words = text.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) =>
      (next ?? '').toUpperCase(),
    )
    const name = /^[A-Za-z]/.test(words) ? words[0]?.toUpperCase() + words.slice(1) : `Type${words}`
    return unique(name, this.#taken, 1_000)
  }

  /** A name for a channel: lower-case words joined by hyphens. */
  channel(text: string): string {
    const words = text
      .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
      .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
    return unique(/^[a-z]/.test(words) ? words : `set-${words}`, this.#channels, 60)
  }
}

/** `name`, or `name2` where that is taken, and so on; at most `longest` characters and the number. */
function unique(name: string, taken: Set<string>, longest: number): string {
  const short = name.slice(0, longest).replace(/-+$/, '')
  let free = short
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${short}${n}`
  taken.add(free.toLowerCase())
  return free
}

export function lastOf(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf('.') + 1)
}
