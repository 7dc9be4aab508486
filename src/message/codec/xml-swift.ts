import { isXmlCharacter, noXmlCharacter } from './xml-characters.ts'
import { copyOf, type Name, NameTable, unusual } from './xml-name-table.ts'
import type { XmlNames } from './xml-names.ts'
import type { XmlTree } from './xml-tree.ts'

/**
 * Reads documents of the ordinary kind several times as fast as the strict reader does: elements, attributes, text,
 * CDATA, comments, namespaces declared on the root. It must report to the tree exactly what the strict reader would.
 * For everything else, every error among it, it gives up by throwing, and the caller reads strictly.
 */
export class SwiftReader {
  readonly #names: XmlNames
  readonly #plain: NameTable
  readonly #tables = new Map<string, NameTable>()
  readonly #tablesWithin = new WeakMap<ReadonlyMap<string, string>, NameTable>()

  constructor(names: XmlNames) {
    this.#names = names
    this.#plain = new NameTable(names, [])
  }

  read(text: string, tree: XmlTree): void {
    const normal = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
    const start = declaration.exec(normal)?.[0].length ?? 0
    const root = normal.slice(start, normal.indexOf('>', start))
    const table = root.includes('xmlns') ? this.#tableFor(root) : this.#plain
    new Pass(normal, tree, table, table.declared.size).document(start)
  }

  /** Reads one element of a larger document. `declared` are the namespaces there, by prefix; it may declare none itself. */
  readElement(text: string, tree: XmlTree, declared: ReadonlyMap<string, string>): void {
    const normal = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
    let table = this.#tablesWithin.get(declared)
    if (table === undefined) {
      table = new NameTable(this.#names, [...declared])
      this.#tablesWithin.set(declared, table)
    }
    new Pass(normal, tree, table, 0).document(0)
  }

  /** Documents of one sender declare the same namespaces, so that the names they use are resolved only once. */
  #tableFor(root: string): NameTable {
    const id = root.match(namespaceDeclaration)?.join('') ?? ''
    let table = this.#tables.get(id)
    if (table === undefined) {
      if (this.#tables.size >= 100) this.#tables.clear()
      const kept = copyOf(id, 2000)
      const declarations = [...kept.matchAll(namespaceDeclaration)]
      table = new NameTable(
        this.#names,
        declarations.map(([, prefix, double, single]) => [prefix ?? '', double ?? single ?? '']),
      )
      this.#tables.set(kept, table)
    }
    return table
  }
}

const declaration =
  /^<\?xml[ \t\n]+version=(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding=(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\n]+standalone=(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/
const namespaceDeclaration = /[ \t\n]xmlns(?::([A-Za-z_][\w.-]*))?=(?:"([!#-%(-;=-~]+)"|'([!#-%(-;=-~]+)')/g

/** Room for the code units of a document: arrays of numbers are several times as fast to walk as strings. */
const room = new Uint16Array(64 * 1024)
const roomBytes = Buffer.from(room.buffer)

/** The code units of a text and a final 0. Valid until the next call. */
function unitsOf(text: string): Uint16Array {
  const fits = text.length < room.length
  const units = fits ? room : new Uint16Array(text.length + 1)
  const bytes = fits ? roomBytes : Buffer.from(units.buffer)
  bytes.write(text, 0, 'utf16le')
  units[text.length] = 0
  return units
}

/** One walk over one document. Code units are named by number: 9 and 10 TAB and LF, 32 space, 38 &, 60 <, 62 >. */
class Pass {
  readonly #text: string
  readonly #units: Uint16Array
  readonly #tree: XmlTree
  readonly #table: NameTable
  /** How many namespaces the outermost element must declare. */
  readonly #declarations: number
  readonly #open: Name[] = []
  /** Where the next unit to be read stands. */
  #at = 0
  /** Whether the innermost open element has had no child element yet. */
  #isLeaf = true
  /** Text of the innermost open element before a comment or a CDATA section, that section included. */
  #earlier = ''

  constructor(text: string, tree: XmlTree, table: NameTable, declarations: number) {
    this.#text = text
    this.#units = unitsOf(text)
    this.#tree = tree
    this.#table = table
    this.#declarations = declarations
  }

  document(start: number): void {
    this.#at = start
    this.#skipSpace()
    if (this.#units[this.#at] !== 60) throw unusual
    this.#openTag()
    while (this.#open.length > 0) this.#step()
    this.#skipSpace()
    if (this.#at < this.#text.length) throw unusual
  }

  /** Reads text and then the tag, comment or section that ends it. */
  #step(): void {
    const start = this.#at
    this.#skipSpace()
    const blank = this.#units[this.#at] === 60
    const escaped = !blank && this.#skipText()
    const next = this.#units[this.#at + 1]
    if (next === 33) {
      this.#earlier += this.#content(start, this.#at, escaped)
      this.#section()
    } else if (next === 47 && this.#isLeaf) {
      if (this.#at > start || this.#earlier !== '') {
        this.#tree.text(this.#earlier + this.#content(start, this.#at, escaped))
        this.#earlier = ''
      }
      this.#closeTag()
    } else {
      if (!blank || (this.#earlier !== '' && ink.test(this.#earlier))) throw unusual
      this.#earlier = ''
      if (next === 47) this.#closeTag()
      else this.#openTag()
    }
  }

  #closeTag(): void {
    const { raw } = this.#open.pop() as Name
    const start = this.#at + 2
    this.#at = start + raw.length + 1
    if (this.#units[this.#at - 1] !== 62 || !this.#text.startsWith(raw, start)) throw unusual
    this.#tree.close()
    this.#isLeaf = false
  }

  #openTag(): void {
    this.#at++
    const name = this.#name()
    if (typeof name.attribute !== 'object') throw unusual
    this.#tree.open(name.key, name.namespace)
    if (this.#units[this.#at] !== 62) this.#attributes()
    const empty = this.#units[this.#at] === 47
    if (empty) this.#at++
    if (this.#units[this.#at++] !== 62) throw unusual
    if (empty) this.#tree.close()
    else this.#open.push(name)
    this.#isLeaf = !empty
  }

  #name(): Name {
    const start = this.#at
    let hash = 0
    let at = start
    let unit = this.#units[at] as number
    while (unit > 62 || (unit > 44 && unit < 59 && unit !== 47)) {
      hash = (hash * 31 + unit) | 0
      unit = this.#units[++at] as number
    }
    this.#at = at
    return this.#table.find(this.#text, start, at, hash)
  }

  #attributes(): void {
    const declared = new Set<string>()
    const unread: Name[] = []
    for (;;) {
      const start = this.#at
      this.#skipSpace()
      const unit = this.#units[this.#at]
      if (unit === 62 || unit === 47) break
      if (this.#at === start) throw unusual
      if (this.#text.startsWith('xmlns', this.#at)) this.#namespace(declared)
      else this.#attribute(unread)
    }
    if (this.#open.length === 0 && declared.size !== this.#declarations) throw unusual
  }

  /** `unread` are the attributes of this element that are not reported; like all others they may not occur twice. */
  #attribute(unread: Name[]): void {
    const name = this.#name()
    const quote = this.#units[this.#at + 1]
    if (this.#units[this.#at] !== 61 || (quote !== 34 && quote !== 39)) throw unusual
    const start = this.#at + 2
    const escaped = this.#skipValue(start, quote)
    const value = this.#content(start, this.#at, escaped)
    this.#at++
    if (typeof name.attribute === 'object') {
      this.#tree.attribute(name.attribute.key, value)
    } else {
      if (unread.includes(name)) throw unusual
      unread.push(name)
      if (name.attribute === 'nil' && truth.test(value)) this.#tree.nil()
    }
  }

  /** Checks that this is one of the declarations that the table was chosen by: the root's, each once. */
  #namespace(declared: Set<string>): void {
    namespaceHere.lastIndex = this.#at
    const [all, prefix = '', double, single] = namespaceHere.exec(this.#text) ?? []
    const known = this.#table.declared.get(prefix)
    if (all === undefined || this.#open.length > 0 || known !== (double ?? single)) throw unusual
    if (declared.has(prefix)) throw unusual
    declared.add(prefix)
    this.#at += all.length
  }

  /** Steps over a comment or a CDATA section, whose content is text. */
  #section(): void {
    const comment = this.#text.startsWith('<!--', this.#at)
    if (!comment && !this.#text.startsWith('<![CDATA[', this.#at)) throw unusual
    const start = this.#at + (comment ? 4 : 9)
    const end = this.#text.indexOf(comment ? '--' : ']]>', start)
    const content = this.#text.slice(start, end)
    if (end === -1 || this.#units[end + 2] !== 62 || noXmlCharacter.test(content)) throw unusual
    if (!comment) this.#earlier += content
    this.#at = end + 3
  }

  #skipSpace(): void {
    let at = this.#at
    for (let unit = this.#units[at]; unit === 32 || unit === 10 || unit === 9; ) unit = this.#units[++at]
    this.#at = at
  }

  /** Steps to the next <. Answers whether a & was on the way. */
  #skipText(): boolean {
    const units = this.#units
    let escaped = false
    let at = this.#at
    for (let unit = units[at] as number; unit !== 60; unit = units[++at] as number) {
      if (unit > 62 && unit < 0xfffe) continue
      if (unit === 38) escaped = true
      else if (unit === 62 ? units[at - 1] === 93 && units[at - 2] === 93 : !isXmlCharacter(unit))
        throw unusual
    }
    this.#at = at
    return escaped
  }

  /** Steps to the quote that ends an attribute's value. Answers whether a & was on the way. */
  #skipValue(start: number, quote: number): boolean {
    const units = this.#units
    let escaped = false
    let at = start
    for (let unit = units[at] as number; unit !== quote; unit = units[++at] as number) {
      if (unit === 38) escaped = true
      else if (unit < 32 || unit === 60 || unit > 0xfffd) throw unusual
    }
    this.#at = at
    return escaped
  }

  #content(start: number, end: number, escaped: boolean): string {
    const content = this.#text.slice(start, end)
    return escaped ? content.replace(entity, resolveEntity) : content
  }
}

const ink = /[^ \t\n]/
const truth = /^\s*(?:true|1)\s*$/
const namespaceHere = /xmlns(?::([A-Za-z_][\w.-]*))?=(?:"([!#-%(-;=-~]+)"|'([!#-%(-;=-~]+)')/y
const entity = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function resolveEntity(_all: string, name?: string, decimal?: string, hexadecimal?: string): string {
  if (name !== undefined) return entities[name] ?? ''
  const point = Number.parseInt(decimal ?? hexadecimal ?? '', decimal === undefined ? 16 : 10)
  const surrogate = point >= 0xd800 && point <= 0xdfff
  if (Number.isNaN(point) || point > 0x10ffff || surrogate || !isXmlCharacter(point)) throw unusual
  return String.fromCodePoint(point)
}
