import { IsthmusError } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { FieldGraph, FieldRef, Way } from '../../observe/lineage/field-graph.ts'
import { fieldMermaid } from '../../observe/lineage/field-mermaid.ts'
import { fieldGraph } from '../../observe/lineage/landscape-graph.ts'
import { datasetEvents } from '../../observe/lineage/open-lineage.ts'
import { SourceFiles } from '../../observe/lineage/source-text.ts'
import { SqlReader } from '../../observe/lineage/sql/reader.ts'
import type { Terminal } from './terminal.ts'

export const lineageOptions = {
  depth: { value: 'N', help: 'so many steps; all if not given' },
  mermaid: { help: 'draw it, as Mermaid' },
  openlineage: { help: 'as events of OpenLineage, one in each line' },
} as const

export function landscapeFields(landscape: Landscape): Promise<FieldGraph> {
  return fieldGraph(landscape, new SourceFiles(), new SqlReader())
}

export function depthOf({ depth }: { readonly depth?: string | undefined }): number {
  if (depth === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,3}$/.test(depth))
    throw new IsthmusError('CLI-USAGE', `--depth ${depth} is not a whole number of 1 or more.`)
  return Number(depth)
}

/** Draws what is reached, or tells it as events; false if neither was asked for. */
export function otherForms(
  values: { readonly mermaid?: boolean | undefined; readonly openlineage?: boolean | undefined },
  asked: {
    readonly graph: FieldGraph
    readonly landscape: Landscape
    readonly starts: readonly FieldRef[]
    readonly way: Way
    readonly depth: number
  },
  terminal: Terminal,
): boolean {
  const { graph, landscape, starts, way, depth } = asked
  if (!values.mermaid && !values.openlineage) return false
  const { links, fields } = graph.reach(starts, way, depth)
  if (values.mermaid) {
    terminal.line(fieldMermaid(graph, links))
    return true
  }
  const places = new Set([...starts, ...fields].map(({ place }) => place))
  for (const event of datasetEvents(graph, landscape.name, new Date().toISOString(), places))
    terminal.line(JSON.stringify(event))
  return true
}
