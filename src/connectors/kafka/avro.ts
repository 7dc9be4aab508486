import type { Type } from 'avsc'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { checkBounds } from './avro-bounds.ts'
import { fromPlain, toPlain } from './avro-plain.ts'
import { type ReadSchema, readSchema } from './avro-schema.ts'
import { type Avsc, loadAvsc } from './driver.ts'
import type { OpenFormat, ValueFormat } from './format.ts'
import { Registry, type RegistryOptions } from './registry.ts'

export interface AvroOptions {
  /** Where schemas are kept. */
  readonly registry: RegistryOptions
  /**
   * The schema that data has, as JSON. What was written by another one is read as this one says: fields that it does not
   * know are left out, and its defaults fill in what is missing. Needed for writing. Default: as it was written.
   */
  readonly schema?: string | undefined
  /** The subject under which the registry holds the schema for writing. Default: the topic with `-value` behind. */
  readonly subject?: string | undefined
  /** Whether a schema that the subject does not hold is registered. Default false. */
  readonly register?: boolean | undefined
}

/**
 * Avro, each value with the id of its schema in a registry before it: a zero byte, and four with the id. Longs and
 * decimals are exact, bytes are base64, times ISO 8601.
 */
export function avro(options: AvroOptions): ValueFormat {
  checkJson(options.schema)
  return Object.freeze({
    name: 'Avro',
    contentType: 'application/avro',
    open: (context: ConnectContext, topic: string) => new AvroFormat(options, context, topic),
  })
}

/** Whether it is Avro shows when the package is there. */
function checkJson(schema: string | undefined): void {
  try {
    if (schema !== undefined) JSON.parse(schema)
  } catch (error) {
    throw new IsthmusError('FLOW-DEFINITION', `The "schema" of avro() is no JSON: ${reasonOf(error)}`)
  }
}

const head = 5
/** The name, as Avro writes a text of nine bytes: as a key of a map it would set the prototype. */
const forbidden = Buffer.from('\x12__proto__')

interface Reader {
  readonly writer: ReadSchema
  /** Undefined if values are read as they were written. */
  readonly resolver: ReturnType<Type['createResolver']> | undefined
}

class AvroFormat implements OpenFormat {
  readonly #options: AvroOptions
  readonly #registry: Registry
  readonly #subject: string
  #avsc: Avsc | undefined
  #own: ReadSchema | undefined
  #id = -1
  /** By id; an error says why values of it cannot be read. */
  readonly #readers = new Map<number, Reader | IsthmusError>()

  constructor(options: AvroOptions, context: ConnectContext, topic: string) {
    this.#options = options
    this.#subject = options.subject ?? `${topic}-value`
    this.#registry = new Registry(options.registry, context)
  }

  async prepareRead(values: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    await this.#load()
    const ids = new Set(values.map(idOf).filter(id => id !== undefined))
    for (const id of ids) {
      if (this.#readers.has(id)) continue
      const text = await this.#registry.schema(id, signal)
      if (text !== undefined) this.#readers.set(id, this.#reader(text))
    }
  }

  decode(value: Uint8Array): unknown {
    const id = idOf(value)
    if (id === undefined) throw defect('a value does not begin with a zero byte and the id of a schema')
    const reader = this.#readers.get(id)
    if (reader === undefined) throw defect(`the registry does not know schema ${id}`)
    if (reader instanceof IsthmusError) throw defect(`schema ${id}: ${reader.message}`)
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    if (bytes.includes(forbidden)) throw defect('a text "__proto__" is not allowed')
    try {
      const { writer, resolver } = reader
      checkBounds(writer, bytes.subarray(head))
      const seen = resolver ? (this.#own as ReadSchema) : writer
      return toPlain(seen, seen.type.fromBuffer(bytes.subarray(head), resolver))
    } catch (error) {
      throw error instanceof IsthmusError ? error : defect(`schema ${id}: ${reasonOf(error).slice(0, 200)}`)
    }
  }

  async prepareWrite(signal: AbortSignal): Promise<void> {
    await this.#load()
    const { schema, register = false } = this.#options
    if (schema === undefined)
      throw new IsthmusError('CONFIG-INVALID', `Writing Avro under ${this.#subject} needs a "schema".`)
    this.#id = await this.#registry.id(this.#subject, schema, register, signal)
  }

  encode(data: unknown): Uint8Array {
    const own = this.#own as ReadSchema
    const value = fromPlain(own, data)
    try {
      const before = Buffer.alloc(head)
      before.writeUInt32BE(this.#id, 1)
      return Buffer.concat([before, own.type.toBuffer(value)])
    } catch (error) {
      const text = `No Avro can be made of the data: ${reasonOf(error).slice(0, 200)}.`
      throw new IsthmusError('MSG-ENCODE', text, { cause: error })
    }
  }

  close(): Promise<void> {
    return this.#registry.close()
  }

  async #load(): Promise<void> {
    this.#avsc ??= await loadAvsc()
    const { schema } = this.#options
    if (schema !== undefined) this.#own ??= readSchema(schema, this.#avsc)
  }

  #reader(text: string): Reader | IsthmusError {
    try {
      const writer = readSchema(text, this.#avsc as Avsc)
      return { writer, resolver: this.#own?.type.createResolver(writer.type) }
    } catch (error) {
      return new IsthmusError('MSG-DECODE', reasonOf(error).slice(0, 200), { cause: error })
    }
  }
}

function idOf(value: Uint8Array): number | undefined {
  if (value.length < head || value[0] !== 0) return undefined
  return Buffer.from(value.buffer, value.byteOffset, head).readUInt32BE(1)
}

function defect(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', `No Avro that can be read: ${reason}.`)
}
