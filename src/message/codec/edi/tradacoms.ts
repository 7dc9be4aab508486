import type { Codec } from '../codec.ts'
import { encodeText } from '../encode-text.ts'
import type { Encoding } from '../encoding.ts'
import { printable } from './characters.ts'
import type { Layout } from './layout.ts'
import { interchangeIn } from './read.ts'
import { tradacomsSeparators } from './separators.ts'
import { tradacomsSyntax } from './tradacoms-syntax.ts'
import { EdiWriter, groupsOf, headElements } from './write.ts'

/** How TRADACOMS is written. */
export interface TradacomsWriteOptions {
  /** The types of messages that are read and written as `data`. Without one, a message has its `segments`. */
  readonly layouts?: readonly Layout[] | undefined
  /** Written behind each segment. Default nothing. */
  readonly newline?: '\r\n' | '\n' | undefined
}

/** One interchange (transmission) as a body: of a mail's attachment, of a message in a queue. */
export function tradacoms(
  options: TradacomsWriteOptions & { readonly encoding?: Encoding | undefined } = {},
): Codec {
  const { layouts = [], encoding = 'utf-8' } = options
  return {
    contentType: 'application/EDI-consent',
    decode: body => interchangeIn(body, { syntax: tradacomsSyntax, encoding, layouts }),
    encode: data => writeTradacoms(data, options, encoding),
  }
}

/** Writes a message, several of one interchange, or a whole interchange. Counts are computed. */
export function writeTradacoms(
  data: unknown,
  options: TradacomsWriteOptions,
  encoding: Encoding,
): Uint8Array {
  const { layouts = [], newline = '' } = options
  const { interchange, groups } = groupsOf(data)
  const level = tradacomsSyntax.interchange
  const separators = tradacomsSeparators
  const writer = new EdiWriter({ syntax: tradacomsSyntax, separators, layouts, newline, foreign: printable })
  writer.write({ tag: level.begin, elements: headElements(level, interchange, separators.decimal) })
  writer.writeGroups(groups)
  writer.end(level, groups.flatMap(({ messages }) => messages).length, '')
  return encodeText(writer.text, encoding)
}
