import { IsthmusError } from '../../../errors.ts'
import { quoted } from '../codec.ts'
import { escapeText, escapeValue } from '../xml-write.ts'
import { fieldsOf, type Group, type Leaf, type Part, type Prefixes } from './part.ts'
import { writeValue } from './value.ts'

type Fields = Readonly<Record<string, unknown>>

interface Written {
  readonly xml: string
  /** False of what has nothing but texts that are always there. */
  readonly holds: boolean
}

/** A field for what a document has and its record has no place for: it is not written. */
const unmappedField = 'unmapped'

/**
 * The document of a record, with `root` and its `attributes` around it. Throws MSG-ENCODE for a field that the parts have no place for, and
 * for a value that does not fit its place: nothing is left out silently.
 */
export function writeDocument(
  root: string,
  record: unknown,
  parts: readonly Part[],
  prefixes: Prefixes,
  attributes = '',
): string {
  const declared = Object.entries(prefixes).map(
    ([prefix, namespace]) => ` xmlns${prefix && `:${prefix}`}="${escapeValue(namespace)}"`,
  )
  const { xml } = writeObject(record, parts, '')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${declared.join('')}${attributes}>${xml}</${root}>\n`
}

function writeObject(value: unknown, parts: readonly Part[], path: string): Written {
  const fields = objectAt(value, path)
  const known = knownFields(parts)
  for (const name of Object.keys(fields))
    if (fields[name] !== undefined && !known.has(name) && !(path === '' && name === unmappedField))
      throw refused(`${quoted(at(path, name))} has no place in this document`)
  return writeParts(fields, parts, path)
}

function writeParts(fields: Fields, parts: readonly Part[], path: string): Written {
  let xml = ''
  let holds = false
  for (const part of parts) {
    const written =
      part.kind === 'fixed'
        ? { xml: element(part.element, '', escapeText(part.text)), holds: false }
        : writePart(fields, part, path)
    xml += written.xml
    holds ||= written.holds
  }
  return { xml, holds }
}

const nothing: Written = { xml: '', holds: false }

function writePart(fields: Fields, part: Leaf | Group, path: string): Written {
  if (part.onlyRead) return nothing
  if (part.field === undefined)
    return part.kind === 'group' ? around(fields, part, path) : own(fields, part, path)
  const value = fields[part.field]
  if (value === undefined) return nothing
  const place = at(path, part.field)
  if (!part.many) return { xml: one(value, part, place), holds: true }
  if (!Array.isArray(value)) throw refused(`${quoted(place)} is no list`)
  return {
    xml: value.map((each, index) => one(each, part, `${place}[${index}]`)).join(''),
    holds: value.length > 0,
  }
}

function around(fields: Fields, part: Group, path: string): Written {
  const { xml, holds } = writeParts(fields, part.parts, path)
  return holds ? { xml: element(part.element, '', xml), holds } : nothing
}

/** A leaf whose object is the record itself. */
function own(fields: Fields, part: Leaf, path: string): Written {
  const has = [...fieldsOf([part])].some(name => fields[name] !== undefined)
  return has ? { xml: leaf(fields, part, path), holds: true } : nothing
}

function one(value: unknown, part: Leaf | Group, path: string): string {
  if (part.kind === 'group') {
    const { xml } = part.bare
      ? writeParts({ '': value }, part.parts, path)
      : writeObject(value, part.parts, path)
    return element(part.element, '', xml)
  }
  if (!part.object) return leaf(value, part, path)
  const fields = objectAt(value, path)
  const known = knownFields([{ ...part, field: undefined }])
  const other = Object.keys(fields).find(name => fields[name] !== undefined && !known.has(name))
  if (other !== undefined) throw refused(`${quoted(at(path, other))} has no place in this document`)
  return leaf(fields, part, path)
}

function leaf(
  value: unknown,
  { element: name, value: kind, object, words = {} }: Leaf,
  path: string,
): string {
  if (!object) {
    const text = content(value, kind, path)
    const [there = text] = Object.entries(words).find(([, here]) => here === text) ?? []
    return element(name, '', escapeText(there))
  }
  const fields = value as Fields
  let attributes = ''
  for (const [attribute, field] of Object.entries(object.attributes))
    if (fields[field] !== undefined)
      attributes += ` ${attribute}="${escapeValue(content(fields[field], 'token', at(path, field)))}"`
  return element(name, attributes, escapeText(content(fields[object.text], kind, at(path, object.text))))
}

function content(value: unknown, kind: Leaf['value'], path: string): string {
  const text = writeValue(value, kind)
  if (text === undefined)
    throw refused(`${quoted(path)} is ${value === undefined ? 'missing' : `no ${kind}`}`)
  return text
}

function element(name: string, attributes: string, xml: string): string {
  return xml === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${xml}</${name}>`
}

function objectAt(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw refused(`${path === '' ? 'the record' : quoted(path)} is no object`)
}

const fieldSets = new WeakMap<readonly Part[], Set<string>>()

function knownFields(parts: readonly Part[]): Set<string> {
  let known = fieldSets.get(parts)
  if (!known) {
    known = fieldsOf(parts)
    fieldSets.set(parts, known)
  }
  return known
}

function at(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', reason)
}
