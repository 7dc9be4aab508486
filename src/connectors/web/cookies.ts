import type { HttpAnswer } from '../http/call.ts'

/**
 * The cookies of one site, by name: what is sent goes to its one origin only, so that domains and paths do not matter.
 * Source: RFC 6265, of which Max-Age and Expires count.
 */
export class Cookies {
  readonly #values = new Map<string, string>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  take({ headers }: HttpAnswer): void {
    const set = headers['set-cookie']
    for (const text of typeof set === 'string' ? [set] : (set ?? [])) this.#set(text)
  }

  /** For the header `cookie`; undefined if there are none. */
  get header(): string | undefined {
    if (this.#values.size === 0) return undefined
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #set(text: string): void {
    const [pair = '', ...attributes] = text.split(';')
    const [, name, value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? []
    if (name === undefined) return
    if (this.#isOver(attributes)) this.#values.delete(name)
    else this.#values.set(name, value)
  }

  #isOver(attributes: readonly string[]): boolean {
    const value = (wanted: string) =>
      attributes
        .map(each => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(each))
        .find(found => found?.[1]?.toLowerCase() === wanted)?.[2]
    const age = value('max-age')
    if (age !== undefined) return Number(age) <= 0
    const expires = Date.parse(value('expires') ?? '')
    return Number.isFinite(expires) && expires <= this.#now()
  }
}
