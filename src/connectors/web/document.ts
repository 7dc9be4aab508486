import { isUtf8 } from 'node:buffer'
import type { CheerioAPI } from 'cheerio'
import type { Parser, Token, TreeAdapterTypeMap } from 'parse5'
import type { adapter as htmlparser2 } from 'parse5-htmlparser2-tree-adapter'
import { IsthmusError } from '../../errors.ts'
import { detectEncoding, markOf } from '../../message/codec/detect-encoding.ts'
import { decodeText, type Encoding, encodingNamed } from '../../message/codec/encoding.ts'

/** A page as it was answered, or as a browser made it. */
export interface Document {
  /** From the origin on. */
  readonly path: string
  readonly $: CheerioAPI
}

/** Who asks for pages. */
export interface Asker {
  /** The channel, for messages. */
  readonly channel: string
  readonly signal: AbortSignal
}

/** Elements inside of one another that a page may have: each costs the parser as much time as there are around it. */
const mostNested = 512

/** Attributes that a tag may have: each costs the parser as much time as there are before it. */
const mostAttributes = 512

/**
 * The parser is an optional peer dependency, loaded at first use. It throws TARGET-CONTRACT for a page whose elements are
 * nested too deep, or have too many attributes.
 */
export async function loadCheerio(): Promise<(html: string) => CheerioAPI> {
  try {
    const [{ load }, parse5, { adapter }] = await Promise.all([
      import('cheerio'),
      import('parse5'),
      import('parse5-htmlparser2-tree-adapter'),
    ])
    const ParserOfPages = boundedParser(parse5)
    return html => load(ParserOfPages.parse(html, { treeAdapter: bounded(adapter) }))
  } catch (cause) {
    const text =
      'The web connector needs the package cheerio, and it is not installed. Run: npm install cheerio'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}

/** Counts while it reads a tag: the tree is told of it when all has been done. */
function boundedParser(parse5: typeof import('parse5')): typeof Parser {
  class BoundedTokenizer extends parse5.Tokenizer {
    protected override _createAttr(begin: string): void {
      const { attrs } = this.currentToken as Token.TagToken
      if (attrs.length >= mostAttributes)
        throw new IsthmusError(
          'TARGET-CONTRACT',
          `The page has a tag with over ${mostAttributes} attributes.`,
        )
      super._createAttr(begin)
    }
  }
  return class<T extends TreeAdapterTypeMap> extends parse5.Parser<T> {
    override tokenizer = new BoundedTokenizer(this.options, this)
  }
}

/** Of one page. */
function bounded(adapter: typeof htmlparser2): typeof htmlparser2 {
  let depth = 0
  return {
    ...adapter,
    onItemPush: () => {
      if (++depth <= mostNested) return
      throw new IsthmusError('TARGET-CONTRACT', `The page nests its elements deeper than ${mostNested}.`)
    },
    onItemPop: () => void depth--,
  }
}

/**
 * The text of an HTML document. Its encoding is that of a byte order mark, of the content type, of a `meta` element,
 * or guessed. Throws MSG-DECODE for bytes that are not in it. Source: the HTML standard, "determining the encoding".
 */
export function htmlText(body: Uint8Array, contentType: string): string {
  const mark = markOf(body)
  const said = mark ?? declared(body, contentType)
  if (mark === undefined && said !== undefined) checkDeclared(body, said)
  return decodeText(body, said ?? guessed(body) ?? 'utf-8')
}

/** Almost any bytes are some text in other encodings, and a server may well say one for all its pages. */
function checkDeclared(body: Uint8Array, encoding: Encoding): void {
  if (encoding.startsWith('utf-') || !isUtf8(body)) return
  // Two bytes of GB18030 may well be one character of UTF-8; three are hardly ever.
  const foreign = encoding.startsWith('gb') ? /[^\0-\u07ff]/ : /[^\0-\x7f]/
  if (!foreign.test(decodeText(body, 'utf-8'))) return
  throw new IsthmusError('MSG-DECODE', `the page is said to be in ${encoding}, and is in UTF-8`)
}

/** Bytes beyond ASCII that a guess needs: a word or two with accents may pass for a character of Chinese. */
const enough = 20

function guessed(body: Uint8Array): Encoding | undefined {
  const encoding = detectEncoding(body)
  if (encoding !== 'gb18030' || body.reduce((sum, byte) => sum + (byte >> 7), 0) >= enough) return encoding
  throw new IsthmusError(
    'MSG-DECODE',
    'the page does not say its encoding, and has too little to guess it by',
  )
}

function declared(body: Uint8Array, contentType: string): Encoding | undefined {
  const begin = Buffer.from(body.subarray(0, 1024)).toString('latin1')
  const label =
    /charset=["']?([\w-]+)/i.exec(contentType)?.[1] ?? /<meta[^>]+charset=["']?\s*([\w-]+)/i.exec(begin)?.[1]
  if (label === undefined) return undefined
  const encoding = encodingNamed(label)
  if (encoding) return encoding
  throw new IsthmusError(
    'MSG-DECODE',
    `the page is in ${JSON.stringify(label.slice(0, 40))}, which is not known`,
  )
}
