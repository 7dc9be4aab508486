import { IsthmusError } from '../../errors.ts'
import { type Codec, forbiddenName, quoted, setOwn } from './codec.ts'
import { decodeText } from './encoding.ts'

/**
 * `application/x-www-form-urlencoded`, in UTF-8. An object of texts, numbers and booleans; lists of them are repeated
 * parameters. Read, everything is text, and a parameter that is there more than once is a list. Source: WHATWG URL.
 */
export function form(): Codec {
  return {
    contentType: 'application/x-www-form-urlencoded',
    encode(data) {
      const pairs = fieldsOf(data).map(([name, value]): [string, string] => [name, textOf(name, value)])
      return Buffer.from(new URLSearchParams(pairs).toString())
    },
    decode(body) {
      const data: Record<string, unknown> = {}
      for (const [name, value] of new URLSearchParams(wellEncoded(decodeText(body, 'utf-8')))) {
        if (name === forbiddenName)
          throw new IsthmusError('MSG-DECODE', `a form with a field ${forbiddenName}`)
        const known = Object.hasOwn(data, name) ? data[name] : undefined
        if (known === undefined) setOwn(data, name, value)
        else if (Array.isArray(known)) known.push(value)
        else setOwn(data, name, [known, value])
      }
      return data
    },
  }
}

/** The fields of a form, a list being a field for each of its values. What is undefined is left out. */
export function fieldsOf(data: unknown): [string, unknown][] {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new IsthmusError('MSG-ENCODE', 'a form is made of an object')
  return Object.entries(data).flatMap(([name, value]) =>
    [value].flat().flatMap((each): [string, unknown][] => (each === undefined ? [] : [[name, each]])),
  )
}

/** Of a value that is written as it is. Throws MSG-ENCODE for others. */
export function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  const plain = typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value)
  if (plain) return String(value)
  throw new IsthmusError('MSG-ENCODE', `the form field ${quoted(name)} is no text, number or boolean`)
}

/** Refuses what would be read as replacement characters. */
function wellEncoded(text: string): string {
  try {
    decodeURIComponent(text)
    return text
  } catch {
    throw new IsthmusError('MSG-DECODE', 'malformed form: an escape that is no UTF-8')
  }
}
