import type { Codec } from '../codec.ts'
import { markOf } from '../detect-encoding.ts'
import { encodeText } from '../encode-text.ts'
import { type Repertoire, repertoireOf } from './characters.ts'
import { edifactSeparators, edifactSyntax } from './edifact-syntax.ts'
import type { Layout } from './layout.ts'
import { interchangeIn } from './read.ts'
import { edifactDefaults, separatorsOfUna } from './separators.ts'
import { EdiWriter, groupsOf, headElements, refused } from './write.ts'

/** How EDIFACT is written. */
export interface EdifactWriteOptions {
  /** The types of messages that are read and written as `data`. Without one, a message has its `segments`. */
  readonly layouts?: readonly Layout[] | undefined
  /** Written behind each segment. Default nothing. */
  readonly newline?: '\r\n' | '\n' | undefined
}

/** One interchange as a body: of a mail's attachment, of a message in a queue. Its syntax identifier says the encoding. */
export function edifact(options: EdifactWriteOptions = {}): Codec {
  const { layouts = [] } = options
  return {
    contentType: 'application/EDIFACT',
    decode: body =>
      interchangeIn(body, {
        syntax: edifactSyntax,
        encoding: markOf(body) ?? edifactEncoding(body) ?? 'utf-8',
        layouts,
      }),
    encode: data => writeEdifact(data, options),
  }
}

/** The encoding that the syntax identifier of the first interchange says. */
export function edifactEncoding(begin: Uint8Array): Repertoire['encoding'] | undefined {
  const text = Buffer.from(begin.buffer, begin.byteOffset, Math.min(begin.length, 1024)).toString('latin1')
  const id = /^(?:\xef\xbb\xbf)?\s*(?:UNA.{6}\s*)?UNB.([A-Z]{4})/s.exec(text)?.[1]
  return id === undefined ? undefined : repertoireOf(id)?.encoding
}

/** Writes a message, several of one interchange, or a whole interchange. Counts are computed. */
export function writeEdifact(data: unknown, options: EdifactWriteOptions): Uint8Array {
  const { layouts = [], newline = '' } = options
  const { interchange, groups } = groupsOf(data)
  const { una, ...head } = interchange as Readonly<Record<string, unknown>> & { readonly una?: string }
  const { id, version } = Object(head.syntax) as { readonly id?: unknown; readonly version?: unknown }
  const repertoire = repertoireOf(String(id))
  if (repertoire === undefined)
    throw refused(`the syntax identifier ${JSON.stringify(id)} is not known`, 'UNB', 1)
  const advised = una === undefined ? edifactDefaults : separatorsOfUna(una)
  const separators = edifactSeparators(advised, String(version))
  const writer = new EdiWriter({
    syntax: edifactSyntax,
    separators,
    layouts,
    newline,
    foreign: repertoire.foreign,
  })
  if (una !== undefined) writer.writeRaw(`UNA${una}`)
  writer.write({ tag: 'UNB', elements: headElements(edifactSyntax.interchange, head, separators.decimal) })
  writer.end(edifactSyntax.interchange, writer.writeGroups(groups), String(head.number))
  return encodeText(writer.text, repertoire.encoding)
}
