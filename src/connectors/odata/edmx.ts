import { xml } from '../../message/codec/xml.ts'
import type { OdataVersion } from './edm.ts'

/** An element of the description as plain data: attributes by `@name`, children by name. */
export type Element = Readonly<Record<string, unknown>>

/** A description as it is written. Names are resolved by `resolve`. */
export interface Edmx {
  readonly version: OdataVersion
  readonly schemas: readonly Element[]
  readonly references: readonly { readonly uri: string; readonly namespaces: readonly string[] }[]
  /** With the namespace in the place of an alias, and type definitions resolved. */
  resolve(name: string): string
  /** Annotations about a target, written elsewhere than in it. */
  about(target: string): readonly Element[]
}

const codec = xml({
  root: 'Edmx',
  namespaces: {
    m: 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata',
    sap: 'http://www.sap.com/Protocols/SAPData',
  },
})

/** Reads documents that belong together, the service's own first. Throws MSG-DECODE for what is no description. */
export function parseEdmx(bodies: readonly Uint8Array[]): Edmx {
  const roots = bodies.map(body => codec.decode(body) as Element)
  const schemas = roots.flatMap(root =>
    children(root, 'DataServices').flatMap(each => children(each, 'Schema')),
  )
  const include = roots.flatMap(root =>
    children(root, 'Reference').flatMap(each => children(each, 'Include')),
  )
  const aliases = new Map<string, string>()
  for (const each of [...include, ...schemas]) {
    const alias = attribute(each, 'Alias')
    if (alias !== undefined) aliases.set(alias, attribute(each, 'Namespace') ?? alias)
  }
  const definitions = new Map<string, string>()
  const unaliased = (name: string) => {
    const dot = name.lastIndexOf('.')
    const space = aliases.get(name.slice(0, Math.max(0, dot)))
    return space === undefined ? name : `${space}${name.slice(dot)}`
  }
  for (const schema of schemas)
    for (const each of children(schema, 'TypeDefinition'))
      definitions.set(nameIn(schema, each), attribute(each, 'UnderlyingType') ?? 'Edm.String')
  const notes = new Map<string, Element[]>()
  for (const each of schemas.flatMap(schema => children(schema, 'Annotations'))) {
    const [head = '', ...path] = (attribute(each, 'Target') ?? '').split('/')
    const target = [unaliased(head), ...path].join('/')
    notes.set(target, [...(notes.get(target) ?? []), ...children(each, 'Annotation')])
  }
  return {
    version: (attribute(roots[0] ?? {}, 'Version') ?? '').startsWith('4') ? 'V4' : 'V2',
    schemas,
    references: roots
      .flatMap(root => children(root, 'Reference'))
      .map(each => ({
        uri: attribute(each, 'Uri') ?? '',
        namespaces: children(each, 'Include').flatMap(one => attribute(one, 'Namespace') ?? []),
      })),
    resolve: name => definitions.get(unaliased(name)) ?? unaliased(name),
    about: target => notes.get(target) ?? [],
  }
}

export function children(element: Element, name: string): Element[] {
  const found = element[name]
  return [found ?? []].flat().filter(each => typeof each === 'object' && each !== null) as Element[]
}

export function attribute(element: Element, name: string): string | undefined {
  const value = element[`@${name}`]
  return typeof value === 'string' ? value : undefined
}

/** The qualified name of what a schema defines. */
export function nameIn(schema: Element, element: Element): string {
  return `${attribute(schema, 'Namespace') ?? ''}.${attribute(element, 'Name') ?? ''}`
}
