import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes'
import { IsthmusError } from '../../errors.ts'
import type { XmlNames } from './xml-names.ts'
import type { XmlTree } from './xml-tree.ts'

/**
 * Reports a document to the tree and defines what `xml()` accepts: XML 1.0 with namespaces, well-formed, without a
 * document type. No entity but the five of XML exists, nothing is ever fetched. Refusals name line and column.
 */
export function readStrictly(text: string, tree: XmlTree, names: XmlNames): void {
  parseStrictly(text, {
    open(tag) {
      tree.open(names.element(tag.local, tag.uri), tag.uri)
      for (const attribute of Object.values(tag.attributes)) report(attribute, tree, names)
    },
    text: part => tree.text(part),
    close: () => tree.close(),
  })
}

/** Is told what a document holds. `line` counts from 1. */
export interface XmlListener {
  open(tag: SaxesTagNS, line: number): void
  text(part: string): void
  close(): void
}

/** Tells the listener; what is refused throws, with line and column. */
export function parseStrictly(text: string, listener: XmlListener): void {
  const parser = new SaxesParser({ xmlns: true, position: true })
  parser.on('error', error => {
    throw new IsthmusError('MSG-DECODE', error.message.replace(/^\d+:\d+: /, '').slice(0, 200))
  })
  parser.on('doctype', () => {
    throw new IsthmusError('MSG-DECODE', 'a document type (DOCTYPE) is not allowed')
  })
  let line = 1
  parser.on('opentagstart', () => {
    line = parser.columnIndex === 0 ? parser.line - 1 : parser.line
  })
  parser.on('opentag', tag => listener.open(tag, line))
  parser.on('text', part => listener.text(part))
  parser.on('cdata', part => listener.text(part))
  parser.on('closetag', () => listener.close())
  try {
    parser.write(text).close()
  } catch (error) {
    throw placed(error, parser.line, parser.column)
  }
}

/** Reports one attribute of the open element, unless it is no data. */
export function report(attribute: SaxesAttributeNS, tree: XmlTree, names: XmlNames): void {
  if (attribute.prefix === 'xmlns' || attribute.name === 'xmlns') return
  const name = names.attribute(attribute.local, attribute.uri)
  if (name === 'nil') {
    if (/^\s*(true|1)\s*$/.test(attribute.value)) tree.nil()
  } else if (name !== undefined) tree.attribute(name.key, attribute.value)
}

function placed(error: unknown, line: number, column: number): unknown {
  if (!(error instanceof IsthmusError)) return error
  return new IsthmusError(error.code, `malformed XML, line ${line}, column ${column}: ${error.message}`, {
    detail: { ...error.detail, line, column },
  })
}
