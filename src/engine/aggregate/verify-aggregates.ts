import { isDeepStrictEqual } from 'node:util'
import { reasonOf } from '../../errors.ts'
import type { AggregateDefinition, ProjectionDefinition } from '../../flow/aggregate/definition.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { StoreReader } from '../../store/store.ts'
import { headsOf } from '../../store/stream-pages.ts'
import type { StreamHead, StreamName } from '../../store/streams.ts'
import { aggregateStream, type Snapshot, stateAt } from './aggregate-log.ts'
import { keptRows, project, projectionStream } from './projector.ts'

export type BrokenStream = StreamName & { readonly reason: string }

/** Folds every aggregate and projection again: what is kept beside the events must be what they make. */
export async function verifyAggregates(reader: StoreReader, landscape: Landscape): Promise<BrokenStream[]> {
  const broken: BrokenStream[] = []
  const look = async (name: StreamName, check: () => Promise<string | undefined>) => {
    const reason = await check().catch(reasonOf)
    if (reason !== undefined) broken.push({ ...name, reason })
  }
  for (const definition of landscape.aggregates)
    for await (const head of headsOf(reader, { kind: aggregateStream(definition.name, '').kind }))
      await look({ kind: head.kind, key: head.key }, () => checkSnapshot(reader, definition, head))
  for (const definition of landscape.projections)
    await look(projectionStream(definition.name), () => checkRows(reader, definition))
  return broken
}

async function checkSnapshot(
  reader: StoreReader,
  definition: AggregateDefinition,
  { key: id, version, snapshot }: StreamHead,
): Promise<string | undefined> {
  // Without a snapshot, too: an event that cannot be read is found now, and not when a command comes.
  const kept = snapshot?.data as unknown as Snapshot | undefined
  const isUsed = kept?.of === definition.version
  const folded = await stateAt(reader, definition, {
    id,
    version: snapshot && isUsed ? snapshot.version : version,
  })
  if (!isUsed || isDeepStrictEqual(JSON.parse(JSON.stringify(folded)), kept.state)) return undefined
  return 'its snapshot is not what its events make: raise the version of the aggregate if "apply" has changed'
}

async function checkRows(reader: StoreReader, definition: ProjectionDefinition): Promise<string | undefined> {
  const kept = await keptRows(reader, definition)
  if (!kept) return undefined
  const anew = { rows: new Map<string, unknown>(), position: 0 }
  await project(reader, definition, anew, kept.position)
  const rows = new Map(JSON.parse(JSON.stringify([...anew.rows])) as [string, unknown][])
  return isDeepStrictEqual(rows, kept.rows) ? undefined : 'its rows are not what its events make'
}
