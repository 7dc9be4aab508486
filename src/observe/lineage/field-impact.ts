import { type FieldGraph, type FieldRef, overlaps } from './field-graph.ts'
import { fieldLabel } from './field-tree.ts'

/** What a change of a field reaches. */
export interface FieldImpact {
  readonly fields: readonly string[]
  readonly models: readonly string[]
  readonly tables: readonly string[]
  /** Channels into which it comes. */
  readonly channels: readonly string[]
  /** Flows, sagas and pipelines, each with the mappings that read it: `file:line`. */
  readonly makers: readonly { readonly kind: string; readonly name: string; readonly at: readonly string[] }[]
  /** Checks, filters, branches and keys that look at it. */
  readonly looks: readonly { readonly field: string; readonly what: string; readonly by: string }[]
  /** False: somewhere it is not known what is read. */
  readonly complete: boolean
}

export function fieldImpact(graph: FieldGraph, starts: readonly FieldRef[], depth?: number): FieldImpact {
  const { fields, links, complete } = graph.reach(starts, 'down', depth)
  const places = fields.flatMap(({ place }) => graph.places.get(place) ?? [])
  const all = [...starts, ...fields]
  const looks = graph.uses.filter(({ field }) =>
    all.some(each => each.place === field.place && overlaps(each.field, field.field)),
  )
  const makers = Map.groupBy([...links, ...looks], ({ by }) => `${by.kind} ${by.name}`)
  return {
    fields: unique(fields.map(field => fieldLabel(graph, field))),
    models: unique(
      places.flatMap(({ kind, model }) => (kind === 'table' || model === undefined ? [] : [model])),
    ),
    tables: unique(places.filter(({ kind }) => kind === 'table').map(({ id }) => id)),
    channels: unique(places.filter(({ kind }) => kind === 'sink' || kind === 'request').map(({ id }) => id)),
    makers: [...makers].map(([id, made]) => {
      const [kind = '', name = ''] = id.split(' ')
      const at = made.flatMap(each =>
        'file' in each && each.file !== undefined ? [`${each.file}:${each.line}`] : [],
      )
      return { kind, name, at: unique(at) }
    }),
    looks: looks.map(({ field, what, by }) => ({
      field: fieldLabel(graph, field),
      what,
      by: `${by.kind} ${by.name}`,
    })),
    complete,
  }
}

function unique(all: readonly string[]): string[] {
  return [...new Set(all)].sort()
}
