import { isUtf8 } from 'node:buffer'
import { IsthmusError } from '../../errors.ts'
import { exactNumber } from '../../message/codec/exact-number.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { isoTime } from './time.ts'

/** An entry as it comes: attribute names as the server writes them, values as bytes. */
export interface Entry {
  readonly dn: string
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>
}

/**
 * Brings entries into the form of a model: a list where it says array, else the one value; base64 where it says
 * `contentEncoding: 'base64'`, and for what is no text; ISO 8601 where it says `format: 'date-time'`; numbers, if no
 * digit is lost, and booleans. What does not fit stays as it is, for the model's validation to name.
 */
export class EntryReader {
  /** The attributes to ask for. */
  readonly names: readonly string[]
  readonly #fields: Readonly<Record<string, JsonSchema>>

  /** `schema`: the JSON Schema of one entry. Throws FLOW-DEFINITION if it does not list fields. */
  constructor(model: string, schema: JsonSchema | undefined) {
    this.#fields = (schema?.properties ?? {}) as Record<string, JsonSchema>
    this.names = Object.keys(this.#fields).filter(name => name !== 'dn')
    if (this.names.length > 0) return
    throw new IsthmusError('FLOW-DEFINITION', `Model ${model} must list its fields: they are the attributes.`)
  }

  read(entry: Entry): Record<string, unknown> {
    const record: [string, unknown][] = 'dn' in this.#fields ? [['dn', entry.dn]] : []
    for (const name of this.names) {
      const field = this.#fields[name] as JsonSchema
      const isList = field.type === 'array'
      const form = (isList ? (field.items ?? {}) : field) as JsonSchema
      const values = valuesOf(entry, name).map(bytes => convert(bytes, form))
      if (isList || values.length > 1) record.push([name, values])
      else if (values.length === 1) record.push([name, values[0]])
    }
    return Object.fromEntries(record)
  }
}

/** Names of attributes are the same in upper and lower case. Throws TARGET-CONTRACT for a part of the values. */
export function valuesOf({ dn, attributes }: Entry, name: string): readonly Buffer[] {
  const wanted = name.toLowerCase()
  const found = [...attributes].find(([given]) => given.toLowerCase() === wanted)
  if (
    attributes.size > 0 &&
    [...attributes.keys()].some(given => given.toLowerCase().startsWith(`${wanted};range=`))
  )
    throw new IsthmusError(
      'TARGET-CONTRACT',
      `The server gives only a part of the values of ${name} of ${dn}.`,
    )
  return found?.[1] ?? []
}

export function textOf(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'base64')
}

function convert(bytes: Buffer, { type, format, contentEncoding }: JsonSchema): unknown {
  if (contentEncoding === 'base64') return bytes.toString('base64')
  const text = textOf(bytes)
  if (format === 'date-time') return isoTime(text) ?? text
  if (type === 'integer' || type === 'number')
    return /^-?\d+(\.\d+)?$/.test(text) ? (exactNumber(text) ?? text) : text
  if (type === 'boolean') return text === 'TRUE' || (text === 'FALSE' ? false : text)
  return text
}
