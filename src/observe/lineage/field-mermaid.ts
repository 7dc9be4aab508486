import { type FieldGraph, type FieldLink, idOf, isDirect } from './field-graph.ts'
import { fieldLabel } from './field-tree.ts'

/** A drawing from left to right: whole lines where a value goes, broken ones where a field only decides. */
export function fieldMermaid(graph: FieldGraph, links: readonly FieldLink[]): string {
  const ids = new Map<string, string>()
  const lines: string[] = []
  for (const { from, to } of links)
    for (const end of [from, to]) {
      if (ids.has(idOf(end))) continue
      const id = `f${ids.size + 1}`
      ids.set(idOf(end), id)
      const mark = graph.isPersonal(end) ? ':::personal' : ''
      lines.push(`  ${id}["${quoted(fieldLabel(graph, end))}"]${mark}`)
    }
  for (const { from, to, by, uses, complete } of links) {
    const arrow = uses.some(isDirect) ? '-->' : '-.->'
    const told = `${by.name}${complete ? '' : ' ?'}`
    lines.push(`  ${ids.get(idOf(from))} ${arrow}|"${quoted(told)}"| ${ids.get(idOf(to))}`)
  }
  return ['flowchart LR', '  classDef personal stroke-dasharray: 4 2', ...lines].join('\n')
}

function quoted(text: string): string {
  return text.replaceAll('"', '#quot;')
}
