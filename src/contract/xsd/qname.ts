import { namespaceOf, type XmlElement } from '../../message/codec/xml-elements.ts'

export const xsdNamespace = 'http://www.w3.org/2001/XMLSchema'
export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'

/** A name with its namespace as one text: `{urn:erp}Order`, or `Order` where there is none. */
export function keyOf(namespace: string, name: string): string {
  return namespace === '' ? name : `{${namespace}}${name}`
}

/** The two halves of `keyOf`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const end = key.startsWith('{') ? key.lastIndexOf('}') : -1
  return end === -1
    ? { namespace: '', name: key }
    : { namespace: key.slice(1, end), name: key.slice(end + 1) }
}

/**
 * The key of a name that is written in a document as `prefix:name`; `unprefixed` is the namespace of names without
 * prefix where the document declares none for them. Undefined where the prefix is not declared.
 */
export function resolveName(text: string, at: XmlElement, unprefixed = ''): string | undefined {
  const [first = '', second] = text.trim().split(':')
  if (second === undefined) return keyOf(namespaceOf(at, '') || unprefixed, first)
  const namespace = namespaceOf(at, first)
  return namespace === undefined ? undefined : keyOf(namespace, second)
}
