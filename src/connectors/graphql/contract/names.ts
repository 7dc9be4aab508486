/** Gives names that are not used yet, and the same ones for the same document. */
export class Names {
  readonly #used = new Set<string>()
  readonly #separator: string

  constructor(separator = '') {
    this.#separator = separator
  }

  /** The name itself, or with the first number from 2 that makes it new. */
  take(wanted: string): string {
    let name = wanted
    for (let number = 2; this.#used.has(name); number++) name = wanted + this.#separator + number
    this.#used.add(name)
    return name
  }
}

/** `OrderCreate`: as models are called. */
export function modelName(name: string): string {
  const text = name
    .split(/[^A-Za-z0-9]+/)
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
  return /^[A-Za-z]/.test(text) ? text : `T${text}`
}

/** `order-create`: as channels are called. */
export function channelName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  return words.slice(0, 58).replace(/-+$/, '') || 'field'
}
