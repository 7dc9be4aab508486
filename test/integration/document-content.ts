import { readElements, type XmlElement } from '../../src/message/codec/xml-elements.ts'

/** Every text and attribute of a document with its path, space around it left out: `cbc:ID=42`. */
export function contentOf(document: Uint8Array, prefixes: Readonly<Record<string, string>>): string[] {
  const names = new Map(Object.entries(prefixes).map(([prefix, namespace]) => [namespace, prefix]))
  const nameOf = ({ name, namespace }: Pick<XmlElement, 'name' | 'namespace'>) => {
    const prefix = names.get(namespace) ?? `{${namespace}}`
    return prefix === '' ? name : `${prefix}:${name}`
  }
  const found: string[] = []
  const visit = (element: XmlElement, path: string) => {
    if (element.text.trim() !== '') found.push(`${path}=${element.text.trim()}`)
    for (const { name, value } of element.attributes)
      if (value.trim() !== '') found.push(`${path}/@${name}=${value}`)
    for (const child of element.children)
      visit(child, path === '' ? nameOf(child) : `${path}/${nameOf(child)}`)
  }
  visit(readElements(document), '')
  return found
}

/** Without what stands at or below these paths. */
export function without(content: readonly string[], paths: readonly string[]): string[] {
  return content.filter(
    each => !paths.some(path => each.startsWith(`${path}=`) || each.startsWith(`${path}/`)),
  )
}
