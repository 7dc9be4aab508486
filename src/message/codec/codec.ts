import { IsthmusError } from '../../errors.ts'

/**
 * Reads and writes one format. Both directions are strict, synchronous and pure, and carry plain data only: objects,
 * arrays, strings, numbers, booleans and null. `decode` never yields an object whose prototype the sender chose. What
 * cannot be read or written exactly is refused with an IsthmusError; where it is known, `detail` says at which `line`
 * and `column` (from 1) of the text, or at which byte `offset` (from 0).
 */
export interface Codec {
  readonly contentType: string
  decode(body: Uint8Array): unknown
  encode(data: unknown): Uint8Array
}

/** Assigning to this name would replace an object's prototype instead of setting a property. */
export const forbiddenName = '__proto__'

/**
 * Sets an own property of any name but __proto__. Plain assignment fails for names such as `constructor` where
 * Object.prototype is frozen.
 */
export function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (!(name in object)) object[name] = value
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

/** A fault of the text at a character index. The text itself is not quoted: it may be confidential. */
export function malformed(format: string, reason: string, text: string, index: number): IsthmusError {
  const { line, column } = placeOf(text, index)
  return new IsthmusError('MSG-DECODE', `malformed ${format}, line ${line}, column ${column}: ${reason}`, {
    detail: { line, column },
  })
}

export function placeOf(text: string, index: number): { line: number; column: number } {
  let line = 1
  let start = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) {
    line++
    start = at + 1
  }
  return { line, column: index - start + 1 }
}

/** A name out of a document, cut so that a hostile one cannot flood a log. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}...` : name)
}
