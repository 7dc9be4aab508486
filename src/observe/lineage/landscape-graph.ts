import type { Flow } from '../../flow/flow.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { usedChannels } from '../../flow/own-systems.ts'
import type { Pipeline } from '../../flow/pipeline/pipeline.ts'
import { flowShapes } from '../data-shape.ts'
import { shapeOf } from '../shape.ts'
import { aggregateLinks, ownChannelLinks, projectionLinks } from './aggregate-links.ts'
import { FieldGraph } from './field-graph.ts'
import { GraphBuilder } from './graph-builder.ts'
import { pipelineLinks, tableId } from './pipeline-links.ts'
import { sagaLinks } from './saga-links.ts'
import type { SourceFiles } from './source-text.ts'
import type { SqlReader } from './sql/reader.ts'
import { StepLinks } from './step-links.ts'

/** What of a landscape makes fields of fields. */
export type Made = Pick<Landscape, 'flows' | 'sagas' | 'aggregates' | 'projections'> & {
  readonly pipelines?: readonly Pipeline[]
}

/** Which fields of a landscape are made of which. Queries are read by `sql`. */
export async function fieldGraph(landscape: Made, files: SourceFiles, sql: SqlReader): Promise<FieldGraph> {
  const builder = new GraphBuilder(files)
  messageLinks(builder, landscape)
  const { pipelines = [] } = landscape
  const tables = pipelines.flatMap(each => each.tables)
  const columns = new Map(tables.map(table => [tableId(table), table.columns.map(({ name }) => name)]))
  for (const pipeline of pipelines) await pipelineLinks(builder, pipeline, { sql, columns })
  return new FieldGraph(builder.parts)
}

/** What is made without pipelines. */
export function messageGraph(landscape: Made, files: SourceFiles): FieldGraph {
  const builder = new GraphBuilder(files)
  messageLinks(builder, landscape)
  return new FieldGraph(builder.parts)
}

function messageLinks(builder: GraphBuilder, { flows, sagas, aggregates, projections }: Made): void {
  for (const flow of flows) flowLinks(builder, flow)
  for (const saga of sagas) sagaLinks(builder, saga)
  for (const channel of new Set(usedChannels(flows, sagas))) ownChannelLinks(builder, channel)
  for (const aggregate of aggregates) aggregateLinks(builder, aggregate)
  for (const projection of projections) projectionLinks(builder, projection)
}

/** What flows alone make. */
export function flowGraph(flows: readonly Flow[], files: SourceFiles): FieldGraph {
  const builder = new GraphBuilder(files)
  for (const flow of flows) flowLinks(builder, flow)
  return new FieldGraph(builder.parts)
}

function flowLinks(builder: GraphBuilder, flow: Flow): void {
  const { name, source, steps, ordering, at } = flow
  const about = { by: { kind: 'flow', name }, prefix: name, at, shapes: flowShapes(flow) } as const
  const start = builder.at(builder.channel(source))
  const making = { by: { kind: 'flow', name, step: 'key' }, at } as const
  if (ordering.behind === 0)
    builder.looks('key of messages', ordering.of, shapeOf(source.model), start, making)
  new StepLinks(builder, about).walk(steps, start)
}
