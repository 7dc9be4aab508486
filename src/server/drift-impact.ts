import type { Landscape } from '../flow/landscape.ts'
import type { DriftFinding } from '../model/profile/drift.ts'
import { type FieldGraph, type FieldRef, overlaps } from '../observe/lineage/field-graph.ts'
import { flowGraph } from '../observe/lineage/landscape-graph.ts'
import { SourceFiles } from '../observe/lineage/source-text.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'

/** A field that is made of one that has drifted, or what looks at it. */
export interface Reader {
  readonly flow: string
  readonly step: string
  /** The field. */
  readonly target?: string
  /** A filter, a branch, a key. */
  readonly what?: string
  /** Where it is written, where that is known. */
  readonly at?: string
}

export type ExplainedFinding = DriftFinding & { readonly breaks: readonly Reader[] }

/** With each finding the fields of mappings that read it, in all flows of the channel. */
export function withReaders(
  { flows }: Landscape,
  channel: SourceChannel<unknown>,
  findings: readonly DriftFinding[],
): ExplainedFinding[] {
  const id = channelId(channel)
  const own = flows.filter(({ source }) => channelId(source) === id)
  const graph = flowGraph(own, new SourceFiles())
  const { links, places } = graph
  return findings.map(finding => {
    const reading = links.filter(({ from }) => from.place === id && overlaps(from.field, finding.field))
    const breaks = reading.map(({ by, to, file, line }) => ({
      ...{ flow: by.name, step: by.step, target: `${places.get(to.place)?.model ?? to.place}.${to.field}` },
      ...(file !== undefined && line !== undefined && { at: `${file}:${line}` }),
    }))
    return { ...finding, breaks: [...breaks, ...lookersAt(graph, id, finding.field)] }
  })
}

/** What looks at a field, also behind the mappings that hand it on. */
function lookersAt(graph: FieldGraph, place: string, field: string): Reader[] {
  const start = { place, field }
  const made = [start, ...graph.reach([start], 'down').fields]
  const isMade = (used: FieldRef) =>
    made.some(each => each.place === used.place && overlaps(each.field, used.field))
  const found = graph.uses.filter(use => isMade(use.field))
  const readers = found.map(({ by, what }) => ({ flow: by.name, step: by.step, what }))
  return [...new Map(readers.map(each => [`${each.flow} ${each.step} ${each.what}`, each])).values()]
}

/** Who reads a field, for people. */
export function readerText({ flow, step, target, what }: Reader): string {
  return target === undefined ? `${flow}: ${what} looks at it` : `${flow}/${step} makes ${target} of it`
}

/** In one line: `amount: new type (5 texts are no numbers; all were), read by orders/map for Booking.v1.amount`. */
export function driftText(findings: readonly ExplainedFinding[]): string {
  if (findings.length === 0) return 'The data are like their profile again.'
  return findings
    .map(({ field, kind, reason, breaks }) => {
      const readers = breaks.map(({ flow, step, target, what }) =>
        target === undefined ? `${flow} (${what})` : `${flow}/${step} for ${target}`,
      )
      return `${field}: ${kind} (${reason})${readers.length > 0 ? `, read by ${readers.join(', ')}` : ''}`
    })
    .join('; ')
}
