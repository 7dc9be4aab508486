import type { Codec } from '../codec.ts'
import { encodeText } from '../encode-text.ts'
import type { Encoding } from '../encoding.ts'
import { x12Characters } from './characters.ts'
import type { Layout } from './layout.ts'
import { interchangeIn } from './read.ts'
import { repetitionOf, type Separators } from './separators.ts'
import { EdiWriter, groupsOf, headElements, refused } from './write.ts'
import { type X12Separators, x12Syntax } from './x12-syntax.ts'

/** How X12 is written. */
export interface X12WriteOptions {
  /** The types of transaction sets that are read and written as `data`. Without one, a message has its `segments`. */
  readonly layouts?: readonly Layout[] | undefined
  /** Written behind each segment. Default nothing. */
  readonly newline?: '\r\n' | '\n' | undefined
  /** The characters that may be sent: those of X12's basic set, or any that the encoding has. Default `extended`. */
  readonly characters?: 'basic' | 'extended' | undefined
}

/** One interchange as a body: of a mail's attachment, of a message in a queue. */
export function x12(options: X12WriteOptions & { readonly encoding?: Encoding | undefined } = {}): Codec {
  const { layouts = [], encoding = 'utf-8' } = options
  return {
    contentType: 'application/EDI-X12',
    decode: body => interchangeIn(body, { syntax: x12Syntax, encoding, layouts }),
    encode: data => writeX12(data, options, encoding),
  }
}

/** Writes a message, several of one interchange, or a whole interchange. Counts are computed. */
export function writeX12(data: unknown, options: X12WriteOptions, encoding: Encoding): Uint8Array {
  const { layouts = [], newline = '', characters = 'extended' } = options
  const { interchange, groups } = groupsOf(data)
  const { separators: chosen, ...head } = interchange
  const own = { element: '*', component: '>', segment: '~', ...(chosen as Partial<X12Separators>) }
  const repetition = repetitionOf(String(head.standard), String(head.version))
  const separators: Separators = { ...own, repetition, release: '', decimal: '.', tag: own.element }
  const foreign = x12Characters[characters]
  const writer = new EdiWriter({ syntax: x12Syntax, separators, layouts, newline, foreign })
  const isa = isaElements(head, foreign)
  writer.writeRaw(
    `ISA${isa.map(each => own.element + each).join('')}${own.element}${own.component}${own.segment}`,
  )
  writer.end(x12Syntax.interchange, writer.writeGroups(groups), isa[12] ?? '')
  return encodeText(writer.text, encoding)
}

const isaWidths = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1]

/** The elements of ISA but the last, each filled to its width. */
function isaElements(head: Readonly<Record<string, unknown>>, foreign: RegExp): string[] {
  const written = headElements(x12Syntax.interchange, { ...noSecurity, ...head }, '.')
  return isaWidths.map((width, index) => {
    const text = written[index]
    const filled = index === 12 ? String(text).padStart(width, '0') : String(text ?? '').padEnd(width)
    // Its own characters tell the reader where elements end, so that none of them stands for a separator here.
    if (filled.length !== width || (foreign.test(filled) && index !== 10))
      throw refused('does not fit its place', 'ISA', index + 1)
    return filled
  })
}

const noSecurity = { authorization: { qualifier: '00' }, security: { qualifier: '00' } }
