import { IsthmusError } from '../../errors.ts'
import type { Codec } from '../../message/codec/codec.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { beginOfFile, type Format } from './format.ts'

export interface DocumentOptions {
  /** A larger file is not read. Default 25,000,000. */
  readonly maxBytes?: number | undefined
}

const documentNames: OptionNames<DocumentOptions> = { maxBytes: true }

/**
 * A whole file as one document of a codec: `document(ubl.order())`. Where the codec gives a list, each of its elements is
 * a record. A file that the codec refuses is set aside as a whole.
 */
export function document(codec: Codec, options: DocumentOptions = {}): Format {
  checkOptionNames('document()', options, documentNames)
  const { maxBytes = 25_000_000 } = options
  return Object.freeze({
    name: 'document',
    async *records(file) {
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of file.from(0)) {
        chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes) throw new IsthmusError('MSG-LIMIT', `it has more than ${maxBytes} bytes`)
      }
      const data = codec.decode(Buffer.concat(chunks))
      const records = Array.isArray(data) ? data : [data]
      yield records.map((each, index) => ({ ...beginOfFile, offset: index, data: each }))
    },
    writer(encoding) {
      if (encoding === 'utf-8') return data => codec.encode(data)
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `A document is written in the encoding of its codec, not in ${encoding}. Leave out "encoding".`,
      )
    },
  } satisfies Format)
}
