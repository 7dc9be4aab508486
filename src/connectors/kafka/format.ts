import { IsthmusError } from '../../errors.ts'
import { decodeText } from '../../message/codec/encoding.ts'
import { json as jsonCodec } from '../../message/codec/json.ts'
import type { ConnectContext } from '../../system/connector.ts'

/** How values stand in records. Made by `json`, `text` or `avro`; one value serves any number of channels. */
export interface ValueFormat {
  readonly name: string
  readonly contentType: string
  /** Reads a value by itself. Absent where more must be known. */
  readonly decode?: ((value: Uint8Array) => unknown) | undefined
  /** For one channel of an open connection. */
  open(context: ConnectContext, topic: string): OpenFormat
}

/** Values of one topic. */
export interface OpenFormat {
  /** Gets what is needed to read these values; what cannot be had of one of them is told when it is read. */
  prepareRead?(values: readonly Uint8Array[], signal: AbortSignal): Promise<void>
  /** Throws MSG-... for a value that cannot be read. */
  decode(value: Uint8Array): unknown
  /** Gets what is needed to write. */
  prepareWrite?(signal: AbortSignal): Promise<void>
  /** Throws MSG-ENCODE for data that cannot be written. */
  encode(data: unknown): Uint8Array
  close?(): Promise<void>
}

/** JSON, exactly: a number that JavaScript cannot hold is the text of its digits. */
export function json(): ValueFormat {
  const codec = jsonCodec()
  return Object.freeze({
    name: 'JSON',
    contentType: codec.contentType,
    decode: (value: Uint8Array) => codec.decode(value),
    open: () => codec,
  })
}

/** Text in UTF-8. */
export function text(): ValueFormat {
  const format = {
    decode: (value: Uint8Array) => decodeText(value, 'utf-8'),
    encode(data: unknown) {
      if (typeof data === 'string' && data.isWellFormed()) return Buffer.from(data)
      throw new IsthmusError('MSG-ENCODE', 'Only text can be written as text, and this is none.')
    },
  }
  return Object.freeze({
    name: 'text',
    contentType: 'text/plain; charset=utf-8',
    decode: format.decode,
    open: () => format,
  })
}
