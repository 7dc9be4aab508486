/**
 * The target of the first link with this relation, as it stands there. Source: RFC 8288. Links of another context
 * (`anchor`) are none of this answer's.
 */
export function linkTo(relation: string, header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : (header?.join(', ') ?? '')
  for (const [, target = '', parameters = ''] of text.matchAll(link)) {
    const named = new Map<string, string>()
    for (const [, name = '', quoted, plain = ''] of parameters.matchAll(parameter)) {
      const key = name.toLowerCase()
      if (!named.has(key)) named.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain)
    }
    const relations = named.get('rel')?.toLowerCase().split(/\s+/) ?? []
    if (relations.includes(relation) && !named.has('anchor')) return target
  }
  return undefined
}

const link = /<([^<>]*)>((?:\s*;\s*[^\s=;,"<>]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/g
const parameter = /;\s*([^\s=;,"<>]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/g
