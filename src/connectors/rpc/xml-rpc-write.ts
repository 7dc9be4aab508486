import { IsthmusError } from '../../errors.ts'
import { quoted } from '../../message/codec/codec.ts'
import { plainDigits } from '../../message/codec/exact-number.ts'
import { checkPlain } from '../../message/codec/plain.ts'
import type { Dialect, Params, Tag, Tags } from './protocol.ts'
import { isBase64 } from './xml-rpc-read.ts'

/** The rest of a declared path, seen from a value. */
type Declared = readonly (readonly [path: readonly string[], tag: Tag])[]

/** One `value` per param, for `xml()`. Throws MSG-ENCODE for what its tag cannot hold exactly. */
export function writeParams(params: Params, tags: Tags, dialect: Dialect): unknown[] {
  const values = Array.isArray(params) ? params : [params]
  checkPlain(values, 100)
  const declared = Object.entries(tags).map(([path, tag]) => [path.split('/'), tag] as const)
  return values.map((value, at) => new Writer(dialect).value(value, below(declared, String(at)), String(at)))
}

class Writer {
  readonly #prefix: string

  constructor(dialect: Dialect) {
    this.#prefix = dialect === 'apache' ? 'ex:' : ''
  }

  value(value: unknown, declared: Declared, at: string): Record<string, unknown> {
    if (value === null) return { [`${this.#prefix}nil`]: '' }
    if (Array.isArray(value)) {
      const items = value.map((item, n) => this.value(item, below(declared, String(n)), `${at}/${n}`))
      return { array: { data: { value: items } } }
    }
    if (typeof value === 'object') {
      const members = Object.entries(value).filter(([, member]) => member !== undefined)
      const member = members.map(([name, each]) => ({
        name,
        value: this.value(each, below(declared, name), `${at}/${name}`),
      }))
      return { struct: { member } }
    }
    const tag = declared.find(([path]) => path.length === 0)?.[1] ?? usualTag(value, at)
    return { [tag === 'i8' ? `${this.#prefix}i8` : tag]: contentOf(value, tag, at) }
  }
}

function below(declared: Declared, name: string): Declared {
  return declared
    .filter(([path]) => path[0] === name || path[0] === '*')
    .map(([path, tag]) => [path.slice(1), tag])
}

function usualTag(value: unknown, at: string): Tag {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'bigint') return 'i8'
  if (!Number.isInteger(value) || Object.is(value, -0)) return 'double'
  if (fits(value as number, 32n)) return 'int'
  throw unfit(
    at,
    'a whole number beyond 32 bits; declare in "tags" whether it is an i8, a double or a string',
  )
}

function contentOf(value: unknown, tag: Tag, at: string): string {
  const text = typeof value === 'number' ? plainDigits(value) : String(value)
  const isNumber = typeof value !== 'boolean' && decimal.test(text)
  const ok: Record<Tag, boolean> = {
    int: isNumber && fits(text, 32n),
    i4: isNumber && fits(text, 32n),
    i8: isNumber && fits(text, 64n),
    double: isNumber,
    boolean: typeof value === 'boolean',
    string: typeof value !== 'boolean',
    'dateTime.iso8601': typeof value === 'string' && dateTime.test(text),
    base64: typeof value === 'string' && isBase64(text),
  }
  if (!ok[tag]) throw unfit(at, `no ${tag}${tag === 'dateTime.iso8601' ? ' without a zone' : ''}`)
  if (tag === 'boolean') return value === true ? '1' : '0'
  return tag === 'dateTime.iso8601' ? text.replaceAll('-', '') : text
}

const decimal = /^[+-]?\d+(?:\.\d+)?$/
/** XML-RPC has no zone: what has one is converted by a mapping, which knows the server's. */
const dateTime = /^(?:\d{4}-\d\d-\d\d|\d{8})T\d\d:\d\d:\d\d$/

/** In as many bits, with a sign. */
function fits(number: number | string, bits: bigint): boolean {
  if (typeof number === 'string' && !/^[+-]?\d{1,20}$/.test(number)) return false
  const value = BigInt(number)
  return BigInt.asIntN(Number(bits), value) === value
}

function unfit(at: string, what: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', `the XML-RPC param at ${quoted(at)} is ${what}`)
}
