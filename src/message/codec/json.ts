import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../option-names.ts'
import { type Codec, forbiddenName } from './codec.ts'
import { encodeText } from './encode-text.ts'
import { decodeText, type Encoding } from './encoding.ts'
import { parseExactly } from './json-exact.ts'
import { checkPlain } from './plain.ts'

export interface JsonOptions {
  /** Levels of objects and arrays, default 100, at most 1,000. */
  readonly maxDepth?: number | undefined
  /** Of the bytes. Default utf-8. */
  readonly encoding?: Encoding | undefined
}

const optionNames: OptionNames<JsonOptions> = { maxDepth: true, encoding: true }

/**
 * JSON without silent corruption. A number that JavaScript cannot hold exactly is decoded to the text of its digits
 * (and, being text then, encoded in quotes; a bigint is encoded as digits). Refused: duplicate names, __proto__, NaN
 * and Infinity, halves of surrogate pairs, values that are no plain data.
 */
export function json(options: JsonOptions = {}): Codec {
  checkOptionNames('json()', options, optionNames)
  const { maxDepth = 100, encoding = 'utf-8' } = options
  if (maxDepth > 1000) throw new IsthmusError('CONFIG-INVALID', `maxDepth ${maxDepth} is above 1000`)
  return {
    contentType: encoding === 'utf-8' ? 'application/json' : `application/json; charset=${encoding}`,
    decode(body) {
      const text = decodeText(body, encoding)
      return parseSwiftly(text, encoding === 'utf-8' ? body : Buffer.from(text), maxDepth)
    },
    encode(data) {
      const special = checkPlain(data, maxDepth)
      return encodeText(JSON.stringify(data, special ? exactDigits : undefined), encoding)
    },
  }
}

/**
 * JSON.parse where it is certain to agree with `parseExactly`, which otherwise reads the text. JSON.parse drops all
 * but the last of equal names, so that equal names show in its result having fewer names than the text.
 */
function parseSwiftly(text: string, bytes: Uint8Array, maxDepth: number): unknown {
  const names = countNames(bytes, maxDepth)
  if (names !== undefined) {
    try {
      const value: unknown = JSON.parse(text)
      if (namesIn(value) === names) return value
    } catch {
      // The exact reader tells what is wrong and where.
    }
  }
  return parseExactly(text, maxDepth)
}

/**
 * How many property names the JSON in these bytes has; undefined where it holds a number that may be inexact, an
 * escaped surrogate or too many levels. Bytes that are no JSON give any answer. UTF-8 only.
 */
function countNames(bytes: Uint8Array, maxDepth: number): number | undefined {
  let names = 0
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x22) {
      at = endOfString(bytes, at)
      if (at < 0) return undefined
    } else if (byte === 0x3a) {
      names++
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > maxDepth) return undefined
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    } else if (byte >= 0x30 && byte <= 0x39) {
      const start = at
      let next = bytes[++at] as number
      while (next >= 0x2e && next <= 0x39) next = bytes[++at] as number
      // 15 digits are always exact. An exponent (e, E) may leave the range.
      if (at - start > 15 || (next | 0x20) === 0x65) return undefined
      at--
    }
  }
  return names
}

/** Index of the closing quote of the string that begins at `at`; -1 if it is not closed or has an escaped surrogate. */
function endOfString(bytes: Uint8Array, at: number): number {
  for (let next = at + 1; next < bytes.length; next++) {
    const byte = bytes[next]
    if (byte === 0x22) return next
    if (byte === 0x5c && bytes[++next] === 0x75 && ((bytes[next + 1] as number) | 0x20) === 0x64) return -1
  }
  return -1
}

/** NaN, which equals nothing, if one of the names is forbidden. Recursion is bounded by maxDepth. */
function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += namesIn(item)
    return count
  }
  for (const name in value) {
    if (name === forbiddenName) return Number.NaN
    count += 1 + namesIn((value as Record<string, unknown>)[name])
  }
  return count
}

/** Not in the library's types yet: text that JSON.stringify takes over as it is. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

function exactDigits(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value))
  return Object.is(value, -0) ? rawJSON('-0') : value
}
