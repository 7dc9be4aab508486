/** Source: XML Schema part 1, the attributes that a document may have beside its data. */
export const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance'

/** Prefix to namespace, as the user calls them; '' for names without a prefix. */
export type Namespaces = Readonly<Record<string, string>>

/** How names of a document become names of properties. */
export interface XmlNames {
  /** The property for an element: its local name, after the user's prefix if the user named its namespace. */
  element(local: string, namespace: string): string
  /** The property for an attribute; `nil` and undefined for those that are no data. */
  attribute(local: string, namespace: string): { key: string } | 'nil' | undefined
}

export function xmlNames(namespaces: Namespaces = {}): XmlNames {
  const prefixes = new Map(Object.entries(namespaces).map(([prefix, namespace]) => [namespace, prefix]))
  const keyOf = (local: string, namespace: string) => {
    const prefix = prefixes.get(namespace) ?? ''
    return prefix === '' ? local : `${prefix}:${local}`
  }
  return {
    element: keyOf,
    attribute(local, namespace) {
      if (namespace === schemaInstance) return local === 'nil' ? 'nil' : undefined
      return { key: `@${namespace === '' ? local : keyOf(local, namespace)}` }
    },
  }
}
