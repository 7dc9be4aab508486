import { IsthmusError } from '../../../errors.ts'
import { decodeExactly, type Encoding } from '../../../message/codec/encoding.ts'
import { isXmlCharacter } from '../../../message/codec/xml-characters.ts'

/** What is told of a document, in its order. Names are without their prefix. */
export interface XmlListener {
  /** `attributes` as they are written: see `attribute`. */
  open(name: string, attributes: string): void
  text(text: string): void
  close(name: string): void
}

/** Bytes that may come without a tag, and levels of elements. */
const longest = 16 * 1024 * 1024
const deepest = 1000

/**
 * Reads the parts of a spreadsheet, several times as fast as a parser for any XML: they are written by programs, have a
 * checksum, and no document type, which is refused. What is not well-formed is MSG-DECODE, but for the inside of tags
 * of which nobody asks an attribute.
 */
export class XmlScanner {
  readonly #listener: XmlListener
  readonly #open: string[] = []
  readonly #locals = new Map<string, string>()
  #encoding: Encoding | undefined
  #held: Uint8Array = new Uint8Array(0)
  /** Text that begins with a tag, comment or section of which the end is not there yet. */
  #rest = ''
  #begun = false

  constructor(listener: XmlListener) {
    this.#listener = listener
  }

  push(chunk: Uint8Array): void {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#encoding ??= encodingOf(data)
    const cut = this.#encoding === undefined ? 0 : cutIn(data, this.#encoding)
    this.#held = data.subarray(cut)
    if (cut > 0) this.#scan(this.#rest + this.#decoded(data.subarray(0, cut)))
    if (this.#held.length + this.#rest.length > longest) throw malformed(`no tag for ${longest} bytes`)
  }

  end(): void {
    this.#encoding ??= 'utf-8'
    this.#scan(this.#rest + this.#decoded(this.#held))
    if (this.#rest.trim() !== '' || this.#open.length > 0 || !this.#begun)
      throw malformed('it ends within an element')
  }

  #decoded(bytes: Uint8Array): string {
    const text = decodeExactly(bytes, this.#encoding ?? 'utf-8')
    if (text === undefined) throw malformed(`it has bytes that are not ${this.#encoding}`)
    return !this.#begun && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  #scan(text: string): void {
    let at = 0
    for (;;) {
      const tag = text.indexOf('<', at)
      if (tag !== at) this.#text(text.slice(at, tag === -1 ? text.length : tag))
      if (tag === -1) break
      const kind = text.charCodeAt(tag + 1)
      const end = kind === 33 || kind === 63 ? this.#aside(text, tag) : this.#tag(text, tag, kind)
      if (end === -1) {
        this.#rest = text.slice(tag)
        return
      }
      at = end
    }
    this.#rest = ''
  }

  #text(text: string): void {
    if (this.#open.length > 0) this.#listener.text(text.includes('&') ? resolved(text) : text)
    else if (text.trim() !== '') throw malformed('text outside of the document')
  }

  /** Answers the index behind a tag, or -1 where its end is not there. Quotes may hold a `>`. */
  #tag(text: string, start: number, kind: number): number {
    if (kind === 47) {
      const end = text.indexOf('>', start)
      if (end !== -1) this.#close(this.#local(text.slice(start + 2, end).trimEnd()))
      return end === -1 ? -1 : end + 1
    }
    let nameEnd = 0
    for (let at = start + 1; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === 62) {
        this.#openTag(text, start + 1, nameEnd, at)
        return at + 1
      }
      if (nameEnd === 0 && (unit <= 32 || unit === 47)) nameEnd = at
      if (unit !== 34 && unit !== 39) continue
      at = text.indexOf(unit === 34 ? '"' : "'", at + 1)
      if (at === -1) return -1
    }
    return -1
  }

  #openTag(text: string, start: number, nameEnd: number, end: number): void {
    const name = this.#local(text.slice(start, nameEnd || end))
    const isEmpty = text.charCodeAt(end - 1) === 47
    const attributes = nameEnd === 0 ? '' : text.slice(nameEnd, isEmpty ? end - 1 : end)
    if (this.#open.length === 0 && this.#begun) throw malformed('it has more than one root')
    this.#begun = true
    this.#open.push(name)
    if (this.#open.length > deepest) throw malformed(`more than ${deepest} levels`)
    this.#listener.open(name, attributes)
    if (isEmpty) this.#close(name)
  }

  #close(name: string): void {
    if (this.#open.pop() !== name) throw malformed(`an end tag of ${name} where another is due`)
    this.#listener.close(name)
  }

  #local(name: string): string {
    let local = this.#locals.get(name)
    if (local !== undefined) return local
    if (!/^[^\s<>&"'/=]+$/u.test(name)) throw malformed('a tag without a name')
    local = Buffer.from(name.slice(name.indexOf(':') + 1)).toString()
    if (this.#locals.size < 1000) this.#locals.set(Buffer.from(name).toString(), local)
    return local
  }

  /** Steps over a comment, an instruction or a CDATA section, whose content is text. */
  #aside(text: string, start: number): number {
    const sign = signs.find(each => text.startsWith(each.begin, start))
    if (sign === undefined) {
      if (text.length - start < '<![CDATA['.length) return -1
      throw malformed('a document type (DOCTYPE) is not allowed')
    }
    const end = text.indexOf(sign.end, start + sign.begin.length)
    if (end === -1) return -1
    if (sign.isText && this.#open.length > 0) this.#listener.text(text.slice(start + sign.begin.length, end))
    return end + sign.end.length
  }
}

const signs = [
  { begin: '<?', end: '?>', isText: false },
  { begin: '<!--', end: '-->', isText: false },
  { begin: '<![CDATA[', end: ']]>', isText: true },
]

/** The value of an attribute by its name, with or without a prefix. */
export function attribute(attributes: string, name: string): string | undefined {
  for (const [, key = '', double, single] of attributes.matchAll(anyAttribute))
    if (key === name || key.endsWith(`:${name}`)) return resolved(double ?? single ?? '')
  return undefined
}

const anyAttribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** Cuts before the last `<`, so that neither a character nor a text is cut. Everything is kept where there is none. */
function cutIn(data: Uint8Array, encoding: Encoding): number {
  let at = data.lastIndexOf(60)
  if (encoding === 'utf-8') return Math.max(0, at)
  const low = encoding === 'utf-16be' ? 1 : 0
  while (at >= 0 && (at % 2 !== low || data[at + 1 - 2 * low] !== 0)) at = data.lastIndexOf(60, at - 1)
  return Math.max(0, at - low)
}

/** XML says itself when it is UTF-16, and parts of spreadsheets are nothing but that or UTF-8. Source: ECMA-376-2, 8.1.4. */
function encodingOf(begin: Uint8Array): Encoding | undefined {
  if (begin.length < 2) return undefined
  if (begin[0] === 0xff || (begin[0] === 0x3c && begin[1] === 0)) return 'utf-16le'
  return begin[0] === 0xfe || begin[0] === 0 ? 'utf-16be' : 'utf-8'
}

const entity = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function resolved(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(entity, (_all, name?: string, decimal?: string, hexadecimal?: string) => {
    if (name !== undefined) return entities[name] ?? ''
    const point = Number.parseInt(decimal ?? hexadecimal ?? '', decimal === undefined ? 16 : 10)
    if (!isXmlCharacter(point) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      throw malformed('an entity that is not known')
    return String.fromCodePoint(point)
  })
}

function malformed(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', `malformed XML: ${reason}`)
}
