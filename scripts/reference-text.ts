import type { Declaration, Node } from './declarations.ts'

export interface Links {
  /** Where a name is explained that is used in a declaration: '' if nowhere. */
  to(name: string, from: Declaration): string
  /** The interfaces that an interface extends and that have no section of their own. */
  basesOf(declaration: Declaration): readonly Declaration[]
}

/** What a page says of an interface, a type or a table of defaults. */
export function section(declaration: Declaration, links: Links): string {
  const { name, doc, file, node } = declaration
  const isTable = node.type === 'TSInterfaceDeclaration'
  const bases = isTable ? ((node.extends ?? []) as Node[]).map(each => oneLine(file.textOf(each))) : []
  const linked = bases.map(each => withLinks(each, declaration, links)).filter(each => each.includes('['))
  const about = [doc, linked.length > 0 ? `Also what ${linked.join(' and ')} has.` : '']
    .filter(Boolean)
    .join(' ')
  const body = isTable ? table(declaration, links) : code(declaration)
  return [`### ${name}`, about, body].filter(Boolean).join('\n\n')
}

/** Of an interface. */
export function membersOf({ type, body }: Node): readonly Node[] {
  return type === 'TSInterfaceDeclaration' ? (body as { body: Node[] }).body : []
}

export function nameOf(property: Node): string {
  const key = property.key as { name?: string; value?: string }
  return key.name ?? key.value ?? ''
}

function table(declaration: Declaration, links: Links): string {
  const all = [declaration, ...links.basesOf(declaration)].flatMap(each => rows(each, links))
  const head = membersOf(declaration.node).some(({ type }) => type === 'TSMethodSignature')
    ? 'Member'
    : 'Option'
  return all.length === 0 ? '' : [`| ${head} | Type | Meaning |`, '| --- | --- | --- |', ...all].join('\n')
}

function rows(declaration: Declaration, links: Links): string[] {
  const { file, node } = declaration
  return membersOf(node).map(member => {
    const name = `\`${nameOf(member)}\`${member.optional ? '' : ' (required)'}`
    const type = withLinks(typeOf(member, declaration), declaration, links)
    return `| ${[name, type, file.docOf(member)].map(cell).join(' | ')} |`
  })
}

/** Of a method, what stands behind its name. */
function typeOf(member: Node, { file }: Declaration): string {
  if (member.type === 'TSMethodSignature')
    return oneLine(file.textOf(member)).replace(nameOf(member), '').replace(/^\?/, '')
  const type = (member.typeAnnotation as { typeAnnotation?: Node } | undefined)?.typeAnnotation
  return type ? oneLine(file.textOf(type)).replace(/^\| | \| undefined$/g, '') : ''
}

/** As it stands in the code. */
function code({ file, node }: Declaration): string {
  return `\`\`\`typescript\n${file.textOf(node)}\n\`\`\``
}

/** Code, in which each name that has a section of its own leads there. */
function withLinks(type: string, from: Declaration, links: Links): string {
  const linked = type.replace(/\b[A-Z]\w*/g, name => {
    const place = links.to(name, from)
    return place === '' ? name : `\`[\`${name}\`](${place})\``
  })
  return `\`${linked}\``.replaceAll('``', '')
}

function oneLine(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
