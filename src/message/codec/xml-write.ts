import { IsthmusError } from '../../errors.ts'
import { quoted } from './codec.ts'
import { noXmlCharacter } from './xml-characters.ts'
import type { Namespaces } from './xml-names.ts'

/** The text of one root element, by the convention of `xml()`. The data has been checked to be plain. */
export function writeXml(data: unknown, root: string, namespaces: Namespaces): string {
  const declarations = Object.entries(namespaces).map(([prefix, namespace]) => {
    return ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeValue(namespace)}"`
  })
  const writer = new Writer(namespaces)
  return writer.element(root, data, declarations.join(''))
}

class Writer {
  readonly #namespaces: Namespaces

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces
  }

  element(name: string, value: unknown, declarations: string): string {
    this.#check(name)
    if (Array.isArray(value)) throw refused(`the list ${quoted(name)} stands where one element is needed`)
    if (value === null) return `<${name}${declarations}${nil}/>`
    if (typeof value !== 'object') return wrapped(name, declarations, escapeText(textOf(value)))
    let attributes = declarations
    let content = ''
    for (const [property, item] of Object.entries(value)) {
      if (item === undefined) continue
      if (property === '#text') content += escapeText(leaf(property, item))
      else if (!property.startsWith('@')) content += this.#elements(property, item)
      else if (item !== null) attributes += this.#attribute(property.slice(1), item)
    }
    return wrapped(name, attributes, content)
  }

  #elements(name: string, value: unknown): string {
    if (!Array.isArray(value)) return this.element(name, value, '')
    let content = ''
    for (const item of value) content += this.element(name, item, '')
    return content
  }

  #attribute(name: string, value: unknown): string {
    this.#check(name)
    return ` ${name}="${escapeValue(leaf(name, value))}"`
  }

  #check(name: string): void {
    const [, prefix, local = ''] = validName.exec(name) ?? []
    if (local === '' || name === 'xmlns') throw refused(`${quoted(name)} is no name for XML`)
    if (prefix === undefined || Object.hasOwn(this.#namespaces, prefix)) return
    throw refused(`the prefix of ${quoted(name)} is not declared by the option namespaces`)
  }
}

const nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'

function wrapped(name: string, attributes: string, content: string): string {
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`
}

function leaf(name: string, value: unknown): string {
  if (value !== null && typeof value !== 'object') return textOf(value)
  throw refused(`the value of ${quoted(name)} must be a text, number or boolean`)
}

function textOf(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Source: XML 1.0 (fifth edition), productions NameStartChar and NameChar, within the first 65,536 characters. */
const startCharacters =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF' +
  '\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD'
const simpleName = `[${startCharacters}][${startCharacters}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*`
const validName = new RegExp(`^(?:(${simpleName}):)?(${simpleName})$`)

/** Whether a text can be the name of an element or attribute, without prefix. */
export function isXmlName(text: string): boolean {
  return !text.includes(':') && validName.test(text)
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

export function escapeText(text: string): string {
  checkCharacters(text)
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, sign => escapes[sign] ?? '') : text
}

/** An unescaped tab or line end in an attribute would be read as a space. */
export function escapeValue(text: string): string {
  checkCharacters(text)
  return /[&<>"\t\n\r]/.test(text) ? text.replace(/[&<>"\t\n\r]/g, sign => escapes[sign] ?? '') : text
}

function checkCharacters(text: string): void {
  const at = text.search(noXmlCharacter)
  if (at === -1) return
  const point = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
  throw refused(`the control character U+${point} cannot stand in XML; clean the text first`)
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', reason)
}
