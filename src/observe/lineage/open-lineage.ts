import {
  type FieldGraph,
  type FieldLink,
  type FieldRef,
  idOf,
  isDirect,
  type Place,
  type Use,
} from './field-graph.ts'

/**
 * Events of OpenLineage (openlineage.io, spec 2-0-2), by which catalogues learn of lineage. Data sets are channels,
 * tables, and what aggregates keep: namespace `isthmus://LANDSCAPE/SYSTEM`, name that of the channel or table.
 */
const producer = 'urn:isthmus:lineage'
const spec = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs'
const columnFacet =
  'https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet'
const schemaFacet =
  'https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet'

export interface OpenDataset {
  readonly namespace: string
  readonly name: string
  readonly facets: Readonly<Record<string, unknown>>
}

export interface OpenEvent {
  /** RFC 3339. */
  readonly eventTime: string
  readonly producer: string
  readonly schemaURL: string
  readonly [field: string]: unknown
}

interface Input extends FieldRef {
  readonly uses: ReadonlySet<Use>
}

/** What lineage tells of data sets, without a run: one event for each that is made of others. */
export function datasetEvents(
  graph: FieldGraph,
  landscape: string,
  at: string,
  only?: ReadonlySet<string>,
): OpenEvent[] {
  return [...graph.places.values()]
    .filter(({ id, kind }) => kind !== 'step' && (only?.has(id) ?? true))
    .map(place => datasetOf(graph, landscape, place))
    .filter(({ facets }) => 'columnLineage' in facets)
    .map(dataset => ({ eventTime: at, producer, schemaURL: `${spec}/DatasetEvent`, dataset }))
}

/** A run of a pipeline that begins or ends, with the tables that it makes and the data sets that it reads. */
export function runEvent(
  graph: FieldGraph,
  run: {
    readonly landscape: string
    readonly pipeline: string
    /** A UUID. */
    readonly runId: string
    readonly state: 'START' | 'COMPLETE' | 'ABORT' | 'FAIL'
    readonly at: string
    /** Ids: `warehouse.table`. */
    readonly tables: readonly string[]
    /** The period, RFC 3339. Without its beginning its end stands for it. */
    readonly from?: string | undefined
    readonly until?: string | undefined
  },
): OpenEvent {
  const places = run.tables.flatMap(id => graph.places.get(id) ?? [])
  const outputs = places.map(place => datasetOf(graph, run.landscape, place))
  const read = new Map<string, Place>()
  for (const place of places)
    for (const field of place.fields)
      for (const { place: id } of inputsOf(graph, { place: place.id, field })) {
        const source = graph.places.get(id)
        if (source && !run.tables.includes(id)) read.set(id, source)
      }
  const inputs = [...read.values()].map(place => ({
    ...nameOf(run.landscape, place.id),
    facets: schemaOf(place),
  }))
  const from = run.from ?? run.until
  const facets = from === undefined ? {} : { nominalTime: nominalTime(from, run.until) }
  return {
    eventType: run.state,
    eventTime: run.at,
    producer,
    schemaURL: `${spec}/RunEvent`,
    run: { runId: run.runId, facets },
    job: { namespace: `isthmus://${run.landscape}`, name: run.pipeline, facets: {} },
    inputs,
    outputs,
  }
}

function nominalTime(from: string, until: string | undefined) {
  return {
    _producer: producer,
    _schemaURL:
      'https://openlineage.io/spec/facets/1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet',
    nominalStartTime: from,
    ...(until !== undefined && { nominalEndTime: until }),
  }
}

function datasetOf(graph: FieldGraph, landscape: string, place: Place): OpenDataset {
  const fields = place.fields.flatMap(field => {
    const inputs = inputsOf(graph, { place: place.id, field })
    return inputs.length === 0
      ? []
      : [[field, { inputFields: inputs.map(each => inputField(landscape, each)) }]]
  })
  const columnLineage = { _producer: producer, _schemaURL: columnFacet, fields: Object.fromEntries(fields) }
  return {
    ...nameOf(landscape, place.id),
    facets: { ...schemaOf(place), ...(fields.length > 0 && { columnLineage }) },
  }
}

function schemaOf({ fields }: Place): Readonly<Record<string, unknown>> {
  return { schema: { _producer: producer, _schemaURL: schemaFacet, fields: fields.map(name => ({ name })) } }
}

function nameOf(landscape: string, id: string): { namespace: string; name: string } {
  const point = id.indexOf('.')
  return { namespace: `isthmus://${landscape}/${id.slice(0, point)}`, name: id.slice(point + 1) }
}

const subtypes: Readonly<Record<Use, string>> = {
  identity: 'IDENTITY',
  transformation: 'TRANSFORMATION',
  aggregation: 'AGGREGATION',
  join: 'JOIN',
  group: 'GROUP_BY',
  filter: 'FILTER',
  sort: 'SORT',
  window: 'WINDOW',
  condition: 'CONDITIONAL',
}

function inputField(landscape: string, { place, field, uses }: Input) {
  const transformations = [...uses].sort().map(use => ({
    type: isDirect(use) ? 'DIRECT' : 'INDIRECT',
    subtype: subtypes[use],
    description: '',
    masking: false,
  }))
  return { ...nameOf(landscape, place), field, transformations }
}

/** Fields of other data sets, through the steps between. */
function inputsOf(graph: FieldGraph, start: FieldRef): Input[] {
  const found = new Map<string, Input & { uses: Set<Use> }>()
  const seen = new Set<string>()
  const follow = (at: FieldRef, before: readonly Use[]): void => {
    for (const link of graph.linksAt(at, 'up')) {
      const uses = through(link, before)
      const id = `${idOf(link.from)} ${uses.join()}`
      if (seen.has(id)) continue
      seen.add(id)
      if (graph.places.get(link.from.place)?.kind === 'step') {
        follow(link.from, uses)
        continue
      }
      const known = found.get(idOf(link.from)) ?? { ...link.from, uses: new Set<Use>() }
      for (const use of uses) known.uses.add(use)
      found.set(idOf(link.from), known)
    }
  }
  follow(start, ['identity'])
  return [...found.values()]
}

/** Of two steps the one that changes more is told. */
function through({ uses }: FieldLink, before: readonly Use[]): Use[] {
  const order: readonly Use[] = ['identity', 'transformation', 'aggregation']
  const joined = before.flatMap(outer =>
    uses.map(inner =>
      isDirect(outer) && isDirect(inner)
        ? (order[Math.max(order.indexOf(outer), order.indexOf(inner))] as Use)
        : isDirect(outer)
          ? inner
          : outer,
    ),
  )
  return [...new Set(joined)]
}
