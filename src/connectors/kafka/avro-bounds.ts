import { IsthmusError } from '../../errors.ts'
import { resolve } from './avro-plain.ts'
import type { ReadSchema, Schema, SchemaObject } from './avro-schema.ts'

/**
 * Throws MSG-DECODE unless the bytes are one value of the schema, as far as its lengths and numbers of items go. The
 * package believes them: a list that says that it has billions of items would fill the memory before its end is missed.
 * Source: Avro 1.12, "Binary encoding".
 */
export function checkBounds({ schema, names }: ReadSchema, bytes: Buffer): void {
  const walk = new Walk(bytes, names)
  walk.value(schema, '')
  if (walk.at !== bytes.length) throw broken()
}

/** Bytes of what has always as many. */
const sizes: Readonly<Record<string, number>> = { null: 0, boolean: 1, float: 4, double: 8 }

class Walk {
  at = 0
  readonly #bytes: Buffer
  readonly #names: ReadSchema['names']
  /** Items that there can be yet: each takes a byte at least, but those of types without content. */
  #items: number

  constructor(bytes: Buffer, names: ReadSchema['names']) {
    this.#bytes = bytes
    this.#names = names
    this.#items = bytes.length
  }

  value(schema: Schema, around: string): void {
    if (Array.isArray(schema)) {
      this.#branch(schema, around)
      return
    }
    const { schema: own, within } = resolve(schema as string | SchemaObject, around, this.#names)
    const { type, size = sizes[type as string], fields, items = 'null', values = 'null' } = own
    if (size !== undefined) this.#skip(size)
    else if (type === 'bytes' || type === 'string') this.#text()
    else if (type === 'array') this.#blocks(() => this.value(items, within))
    else if (type === 'map')
      this.#blocks(() => {
        this.#text()
        this.value(values, within)
      })
    else if (fields) for (const field of fields) this.value(field.type, within)
    else this.#number()
  }

  #text(): void {
    this.#skip(this.#number())
  }

  #branch(branches: readonly Schema[], around: string): void {
    const branch = branches[this.#number()]
    if (branch === undefined) throw broken()
    this.value(branch, around)
  }

  /** A number of items that is negative has the number of their bytes behind it. */
  #blocks(item: () => void): void {
    for (let count = this.#number(); count !== 0; count = this.#number()) {
      if (count < 0) this.#number()
      this.#items -= Math.abs(count)
      if (this.#items < 0) throw broken()
      for (let n = 0; n < Math.abs(count); n++) item()
    }
  }

  #skip(bytes: number): void {
    this.at += bytes
    if (bytes < 0 || this.at > this.#bytes.length) throw broken()
  }

  /** Of up to 64 bits; large ones need not be exact. */
  #number(): number {
    let value = 0
    for (let n = 0; n < 10; n++) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) throw broken()
      value += (byte & 127) * 2 ** (7 * n)
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw broken()
  }
}

function broken(): IsthmusError {
  return new IsthmusError('MSG-DECODE', 'No Avro that can be read: its bytes are no value of its schema.')
}
