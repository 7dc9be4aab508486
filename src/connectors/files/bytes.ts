import { IsthmusError } from '../../errors.ts'
import { base64Bytes } from '../../message/codec/base64.ts'
import { beginOfFile, type Format } from './format.ts'

export interface BytesOptions {
  /** A larger file is not read. Default 25,000,000. */
  readonly maxBytes?: number | undefined
}

/** A file as it is, whatever it holds: one record `{ content }`, the bytes in base64. Other fields are not written. */
export function bytes(options: BytesOptions = {}): Format {
  const { maxBytes = 25_000_000 } = options
  return Object.freeze({
    name: 'bytes',
    packed: true,
    async *records(file) {
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of file.from(0)) {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes) throw new IsthmusError('MSG-LIMIT', `it has more than ${maxBytes} bytes`)
      }
      yield [{ ...beginOfFile, data: { content: Buffer.concat(chunks).toString('base64') } }]
    },
    writer: () => data => {
      const { content } = (data ?? {}) as { content?: unknown }
      const bytes = typeof content === 'string' ? base64Bytes(content) : undefined
      if (bytes !== undefined) return bytes
      throw new IsthmusError('MSG-ENCODE', 'the field "content" is not base64')
    },
  } satisfies Format)
}
