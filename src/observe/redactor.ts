const mark = '[secret]'

/** Shorter values would turn every text into marks. */
const shortest = 4

/**
 * Knows the values of secrets and takes them out of what is shown: logs, errors, answers. Finds a value as it is, as
 * JSON and URLs write it, and in base64.
 */
export class Redactor {
  readonly #values = new Set<string>()
  #pattern: RegExp | undefined

  add(value: string): void {
    if (value.length < shortest || this.#values.has(value)) return
    for (const form of formsOf(value)) this.#values.add(form)
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length)
    this.#pattern = new RegExp(longestFirst.map(escaped).join('|'), 'g')
  }

  /** The password inside a connection URL, if the value is one. */
  addUrl(value: string): void {
    const password = URL.canParse(value) ? new URL(value).password : ''
    if (password === '') return
    this.add(password)
    this.add(decodeURIComponent(password))
  }

  text(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, mark) : text
  }

  /** The texts inside data; names of fields stay, so that programs still find them. */
  data(data: unknown): unknown {
    if (!this.#pattern) return data
    if (typeof data === 'string') return this.text(data)
    if (Array.isArray(data)) return data.map(item => this.data(item))
    if (typeof data !== 'object' || data === null) return data
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, this.data(value)]))
  }

  /** Changes an error and what caused it in place: whoever holds it sees no secret. */
  error(error: unknown): unknown {
    for (let inner = error, depth = 0; inner instanceof Error && depth < 10; inner = inner.cause, depth++) {
      inner.message = this.text(inner.message)
      if (inner.stack !== undefined) inner.stack = this.text(inner.stack)
    }
    return typeof error === 'string' ? this.text(error) : error
  }
}

function formsOf(value: string): Set<string> {
  const base64 = Buffer.from(value).toString('base64')
  return new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64])
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
