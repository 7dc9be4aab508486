import { setOwn } from '../codec.ts'
import type { XmlElement } from '../xml-elements.ts'
import { schemaInstance } from '../xml-names.ts'
import type { Fixed, Group, Leaf, Part, Prefixes } from './part.ts'
import { hasZone, readValue } from './value.ts'

type Fields = Record<string, unknown>

export interface ReadRecord {
  readonly record: Fields
  /** Paths of what the parts have no place for, each once: `cac:OrderLine/cbc:Note/@languageID`; `cbc:ID[2]` from the second on. */
  readonly unmapped: readonly string[]
}

/** What an element holds, by the parts. Never throws: what is no decimal stays text, for the model to refuse. */
export function readRecord(element: XmlElement, parts: readonly Part[], prefixes: Prefixes): ReadRecord {
  const reader = new Reader(prefixes)
  const record: Fields = {}
  reader.attributes(element, {}, '', {})
  reader.content(element, parts, '', record)
  return { record, unmapped: [...reader.unmapped] }
}

class Reader {
  readonly unmapped = new Set<string>()
  readonly #prefixes: ReadonlyMap<string, string>

  constructor(prefixes: Prefixes) {
    this.#prefixes = new Map(Object.entries(prefixes).map(([prefix, namespace]) => [namespace, prefix]))
  }

  content(element: XmlElement, parts: readonly Part[], path: string, target: Fields): void {
    const seen = new Map<Part, number>()
    const later: [XmlElement, Leaf | Group, string][] = []
    const byElement = partsByElement(parts)
    for (const child of element.children) {
      const name = this.#nameOf(child)
      const at = join(path, name)
      const part = byElement.get(name)?.find(each => this.#isMeant(child, each))
      const count = part ? (seen.get(part) ?? 0) + 1 : 0
      if (part) seen.set(part, count)
      if (part === undefined) this.#unmappedElement(child, at)
      else if (count > 1 && !(part.kind !== 'fixed' && part.many)) this.unmapped.add(`${at}[2]`)
      else if (part.kind === 'fixed') this.#fixed(child, part, at)
      else if (part.onlyRead) later.push([child, part, at])
      else this.#part(child, part, at, target)
    }
    for (const [child, part, at] of later) this.#elsewhere(child, part, at, target)
    if (element.text.trim() !== '') this.unmapped.add(join(path, 'text()'))
  }

  /** An empty element says nothing that could be lost. */
  #unmappedElement({ text, children, attributes }: XmlElement, path: string): void {
    const isEmpty = text.trim() === '' && children.length === 0
    if (!isEmpty || attributes.some(({ namespace }) => namespace !== schemaInstance)) this.unmapped.add(path)
  }

  /** Attributes that are fields, if any; the others have no place. */
  attributes(
    element: XmlElement,
    fields: Readonly<Record<string, string>>,
    path: string,
    target: Fields,
  ): void {
    for (const { name, namespace, value } of element.attributes) {
      if (namespace === schemaInstance) continue
      const field = namespace === '' && Object.hasOwn(fields, name) ? fields[name] : undefined
      const given = value.trim()
      if (given === '') continue
      if (field === undefined) this.unmapped.add(join(path, `@${name}`))
      else setOwn(target, field, given)
    }
  }

  #part(element: XmlElement, part: Leaf | Group, path: string, target: Fields): void {
    if (part.kind === 'leaf') {
      const value = this.#leaf(element, part, path)
      if (value !== undefined) put(target, part, value)
      return
    }
    this.attributes(element, {}, path, {})
    const inner: Fields = part.field === undefined ? target : {}
    this.content(element, part.parts, path, inner)
    if (part.field === undefined) return
    if (!part.bare) put(target, part, inner)
    else if (inner[''] !== undefined) put(target, part, inner[''])
  }

  /** Only the fields that are not there yet. */
  #elsewhere(element: XmlElement, part: Leaf | Group, path: string, target: Fields): void {
    const found: Fields = {}
    this.#part(element, part, path, found)
    for (const [field, value] of Object.entries(found))
      if (Object.hasOwn(target, field)) this.unmapped.add(path)
      else setOwn(target, field, value)
  }

  #leaf(element: XmlElement, { value, object, words }: Leaf, path: string): unknown {
    for (const child of element.children) this.unmapped.add(join(path, this.#nameOf(child)))
    if (value === 'date' && hasZone(element.text)) this.unmapped.add(join(path, 'zone()'))
    const fields: Fields = {}
    this.attributes(element, object?.attributes ?? {}, path, fields)
    const text = element.text.trim() === '' ? undefined : readValue(element.text, value)
    if (!object) return words && typeof text === 'string' && Object.hasOwn(words, text) ? words[text] : text
    if (text === undefined && Object.keys(fields).length === 0) return undefined
    return text === undefined ? fields : { [object.text]: text, ...fields }
  }

  #fixed(element: XmlElement, { text }: Fixed, path: string): void {
    this.attributes(element, {}, path, {})
    for (const child of element.children) this.unmapped.add(join(path, this.#nameOf(child)))
    const found = element.text.trim()
    if (found !== '' && found !== text) this.unmapped.add(path)
  }

  /** Of several parts for one element the first is taken whose texts tell that it is meant. */
  #isMeant(element: XmlElement, part: Part): boolean {
    if (part.kind !== 'group') return true
    const telling = part.parts.filter(inner => inner.kind === 'fixed' && inner.tells) as Fixed[]
    return telling.every(({ element: name, text }) =>
      element.children.some(child => this.#nameOf(child) === name && child.text.trim() === text),
    )
  }

  #nameOf({ name, namespace }: XmlElement): string {
    const prefix = this.#prefixes.get(namespace)
    if (prefix === undefined) return `{${namespace}}${name}`
    return prefix === '' ? name : `${prefix}:${name}`
  }
}

const indexes = new WeakMap<readonly Part[], ReadonlyMap<string, readonly Part[]>>()

function partsByElement(parts: readonly Part[]): ReadonlyMap<string, readonly Part[]> {
  let index = indexes.get(parts)
  if (!index) {
    index = Map.groupBy(parts, ({ element }) => element)
    indexes.set(parts, index)
  }
  return index
}

function put(target: Fields, { field, many }: Leaf | Group, value: unknown): void {
  if (field === undefined) Object.assign(target, value)
  else if (!many) setOwn(target, field, value)
  else if (Object.hasOwn(target, field)) (target[field] as unknown[]).push(value)
  else setOwn(target, field, [value])
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`
}
