import type { EdmType } from './edm.ts'

/** The key fields in the address of a record, `Orders('A1')` or `Items(order='A1',no=10)`; undefined where it has none. */
export function keyIn(address: string, type: EdmType): Record<string, string | number | boolean> | undefined {
  const [, inner] = /\(((?:'(?:[^']|'')*'|[^()'])*)\)$/.exec(decoded(address)) ?? []
  if (inner === undefined) return undefined
  const parts = [...inner.matchAll(/\s*(?:([A-Za-z_]\w*)=)?('(?:[^']|'')*'|[^,']+)\s*(?:,|$)/g)]
  const [only] = type.keys
  const texts = new Map(parts.map(([, name, text]) => [name ?? only ?? '', text ?? '']))
  const key: Record<string, string | number | boolean> = {}
  for (const name of type.keys) {
    const text = texts.get(name)
    if (text === undefined) return undefined
    key[name] = fieldOf(text, type.properties.get(name)?.type)
  }
  return key
}

function fieldOf(text: string, type: string | undefined): string | number | boolean {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  if (type === 'Edm.Boolean') return text === 'true'
  return type !== undefined && /^Edm\.(S?Byte|Int16|Int32)$/.test(type) ? Number(text) : text
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
