import { IsthmusError } from '../../errors.ts'
import { forbiddenName, malformed, placeOf, quoted, setOwn } from './codec.ts'
import { exactNumber } from './exact-number.ts'

/**
 * Reads JSON (RFC 8259) and defines what `json()` accepts: as JSON.parse, except that a number which a double cannot
 * hold exactly becomes the text of its digits, and that duplicate names, the name __proto__ and halves of surrogate
 * pairs are refused, with their place.
 */
export function parseExactly(text: string, maxDepth: number): unknown {
  return new Reader(text, maxDepth).document()
}

class Reader {
  readonly #text: string
  readonly #maxDepth: number
  #at = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
  }

  document(): unknown {
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#fault('text behind the end of the value')
    return value
  }

  #value(depth: number): unknown {
    this.#space()
    const sign = this.#text[this.#at]
    if (sign === '"') return this.#string()
    if (sign === '{') return this.#object(this.#deeper(depth))
    if (sign === '[') return this.#array(this.#deeper(depth))
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    }
    return this.#number()
  }

  #deeper(depth: number): number {
    if (depth < this.#maxDepth) return depth + 1
    const { line, column } = placeOf(this.#text, this.#at)
    const text = `JSON, line ${line}, column ${column}: nested deeper than ${this.#maxDepth} levels (maxDepth)`
    throw new IsthmusError('MSG-LIMIT', text, { detail: { maxDepth: this.#maxDepth, line, column } })
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (let more = this.#opens('}'); more; more = this.#continues('}')) {
      this.#space()
      const start = this.#at
      if (this.#text[start] !== '"') throw this.#fault('a property name in quotes is expected')
      const name = this.#string()
      if (name === forbiddenName) throw this.#fault(`the name ${forbiddenName} is not allowed`, start)
      if (Object.hasOwn(object, name))
        throw this.#fault(`the name ${quoted(name)} occurs twice in one object`, start)
      this.#space()
      if (this.#text[this.#at] !== ':') throw this.#fault('a colon is expected')
      this.#at++
      setOwn(object, name, this.#value(depth))
    }
    return object
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = []
    for (let more = this.#opens(']'); more; more = this.#continues(']')) array.push(this.#value(depth))
    return array
  }

  /** Steps into an object or array; false where it ends at once. */
  #opens(end: string): boolean {
    this.#at++
    this.#space()
    if (this.#text[this.#at] !== end) return true
    this.#at++
    return false
  }

  #continues(end: string): boolean {
    this.#space()
    const sign = this.#text[this.#at]
    if (sign !== ',' && sign !== end) throw this.#fault(`a comma or ${end} is expected`)
    this.#at++
    return sign === ','
  }

  #string(): string {
    const start = this.#at
    let escaped = false
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at)
      if (code === 34) {
        this.#at = at + 1
        return escaped ? this.#unescaped(start) : this.#text.slice(start + 1, at)
      }
      if (code < 32) throw this.#fault('a control character in a string is not escaped', at)
      if (code === 92) {
        escaped = true
        at++
      }
    }
    throw this.#fault('a string is not closed', start)
  }

  #unescaped(start: number): string {
    let value: string
    try {
      value = JSON.parse(this.#text.slice(start, this.#at))
    } catch {
      throw this.#fault('a string has an escape that JSON does not know', start)
    }
    if (value.isWellFormed()) return value
    throw this.#fault('a string has half of a surrogate pair, which is no character', start)
  }

  #number(): unknown {
    number.lastIndex = this.#at
    const text = number.exec(this.#text)?.[0]
    if (text === undefined)
      throw this.#fault(this.#at < this.#text.length ? 'no value begins here' : 'it ends early')
    this.#at += text.length
    return exactNumber(text) ?? text
  }

  #space(): void {
    space.lastIndex = this.#at
    space.test(this.#text)
    this.#at = space.lastIndex
  }

  #fault(reason: string, at = this.#at): IsthmusError {
    return malformed('JSON', reason, this.#text, at)
  }
}

const words: readonly [string, unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const space = /[ \t\n\r]*/y
