import type { Landscape } from '../../../flow/landscape.ts'
import { modelUses } from '../../../flow/model-uses.ts'
import { usedChannels } from '../../../flow/own-systems.ts'
import { loadKey } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { type Model, modelId } from '../../../model/model.ts'
import {
  FieldGraph,
  type FieldLink,
  type FieldRef,
  isDirect,
  type Maker,
  type Reached,
} from '../../../observe/lineage/field-graph.ts'
import { type FieldRow, fieldRows } from '../../../observe/lineage/field-rows.ts'
import { fieldGraph, type Made } from '../../../observe/lineage/landscape-graph.ts'
import { tableId } from '../../../observe/lineage/pipeline-links.ts'
import type { SourceFiles } from '../../../observe/lineage/source-text.ts'
import { SqlReader } from '../../../observe/lineage/sql/reader.ts'
import { channelId } from '../../../system/channel.ts'
import type { LineageAnswer, LineageLink, ModelDetail, ModelList } from './schemas.ts'

type Head = ModelList['models'][number]
type KnownTable = Table & { readonly pipeline: string }
type Sees = (object: { readonly flow?: string; readonly system?: string }) => boolean

/** The models and tables of a landscape, and which fields are made of which. */
export class ModelsView {
  readonly #landscape: Landscape & Made
  readonly #files: SourceFiles
  readonly #models = new Map<string, Model>()
  readonly #heads = new Map<string, { channels: Map<string, string>; flows: Set<string> }>()
  readonly #tables: ReadonlyMap<string, KnownTable>
  #graph: Promise<FieldGraph> | undefined

  constructor(landscape: Landscape & Made, files: SourceFiles) {
    this.#landscape = landscape
    const tables = (landscape.pipelines ?? []).flatMap(({ name, tables: all }) =>
      all.map(table => [tableId(table), { ...table, pipeline: name }] as const),
    )
    this.#tables = new Map(tables)
    this.#files = files
    this.#gather()
  }

  list(sees: Sees): ModelList {
    const ids = [...this.#models.keys(), ...this.#tables.keys()]
    return { models: ids.flatMap(id => this.#headOf(id, sees) ?? []) }
  }

  /** Undefined if there is no such model or table. */
  async detail(id: string, sees: Sees): Promise<ModelDetail | undefined> {
    const head = this.#headOf(id, sees)
    if (!head) return undefined
    const graph = await this.#all(sees)
    const rows = this.#rows(id).map(row => {
      const start = { model: id, field: row.field }
      const starts = startsOf(graph, start)
      return {
        ...row,
        personal: row.personal || starts.some(each => graph.isPersonal(each)),
        upstream: fieldsIn(graph, graph.reach(starts, 'up'), start),
        downstream: fieldsIn(graph, graph.reach(starts, 'down'), start),
      }
    })
    const others = this.list(sees)
      .models.filter(({ name, kind }) => name === head.name && kind === head.kind)
      .map(each => each.model)
    const links = graph.links.filter(link =>
      [link.from, link.to].some(({ place }) => holderOf(graph, place) === id),
    )
    return { ...head, rows, others: others.filter(each => each !== id), links: shown(graph, links) }
  }

  async lineage(
    { model, field, depth = 1, direction = 'both' }: LineageQuestion,
    sees: Sees,
  ): Promise<LineageAnswer | undefined> {
    if (!this.#headOf(model, sees)) return undefined
    const graph = await this.#all(sees)
    const starts = startsOf(graph, { model, field })
    const impact = graph.reach(starts, 'down')
    const up = graph.reach(starts, 'up', depth)
    const holders = impact.fields.map(({ place }) => holderOf(graph, place))
    const isTable = (holder: string) => this.#tables.has(holder)
    return {
      up: direction === 'down' ? [] : shown(graph, up.links),
      down: direction === 'up' ? [] : shown(graph, graph.reach(starts, 'down', depth).links),
      unknown: [
        ...new Set(up.gaps.map(({ to, reason }) => `${holderOf(graph, to.place)}.${to.field}: ${reason}`)),
      ],
      personal: starts.some(start => graph.isPersonal(start)),
      impact: {
        fields: fieldsIn(graph, impact, { model, field }),
        models: new Set(holders.filter(each => !isTable(each))).size,
        tables: new Set(holders.filter(isTable)).size,
        flows: new Set(impact.links.map(({ by }) => by.name)).size,
      },
    }
  }

  #rows(id: string): FieldRow[] {
    const table = this.#tables.get(id)
    if (!table) return fieldRows(this.#models.get(id) as Model)
    const fields = new Map(fieldRows(table.model).map(row => [row.field, row]))
    const key = loadKey(table.load)
    return table.columns.map(({ name, type, precision, scale, required }) => ({
      field: name,
      type: precision === undefined ? type : `${type}(${precision},${scale})`,
      required,
      personal: fields.get(name)?.personal ?? false,
      key: key.includes(name),
      rules: [],
      ...(fields.get(name)?.title !== undefined && { title: fields.get(name)?.title as string }),
    }))
  }

  #headOf(id: string, sees: Sees): Head | undefined {
    const model = this.#models.get(id)
    return this.#tables.has(id) ? this.#tableHead(id, sees) : model && this.#head(model, sees)
  }

  #tableHead(id: string, sees: Sees): Head | undefined {
    const { name, model, pipeline } = this.#tables.get(id) as KnownTable
    if (!sees({ flow: pipeline })) return undefined
    const rows = this.#rows(id)
    return {
      model: id,
      kind: 'table',
      name,
      version: model.version,
      fields: rows.length,
      personal: rows.filter(({ personal }) => personal).length,
      channels: [],
      flows: [],
      pipeline,
    }
  }

  #gather(): void {
    for (const { model, flow, channel } of modelUses(this.#landscape)) {
      const id = modelId(model)
      this.#models.set(id, this.#models.get(id) ?? model)
      const head = this.#heads.get(id) ?? { channels: new Map<string, string>(), flows: new Set<string>() }
      this.#heads.set(id, head)
      if (flow !== undefined) head.flows.add(flow)
      if (channel) head.channels.set(...channel)
    }
  }

  /** Undefined where nothing is seen of what uses it. */
  #head(model: Model, sees: Sees): Head | undefined {
    const id = modelId(model)
    const head = this.#heads.get(id)
    const reached = this.#reached(sees)
    const flows = [...(head?.flows ?? [])].filter(flow => sees({ flow }))
    const channels = [...(head?.channels ?? [])]
      .filter(([channel]) => reached.has(channel) || sees({ system: channel.split('.')[0] ?? '' }))
      .map(([channel, role]) => ({ channel, role }))
    if (flows.length + channels.length === 0 && !sees({ flow: '*' })) return undefined
    const rows = fieldRows(model)
    return {
      model: id,
      kind: 'model',
      name: model.name,
      version: model.version,
      ...(model.key !== undefined && { key: model.key }),
      fields: rows.length,
      personal: rows.filter(({ personal }) => personal).length,
      channels,
      flows,
    }
  }

  #reached(sees: Sees): ReadonlySet<string> {
    const flows = this.#landscape.flows.filter(({ name }) => sees({ flow: name }))
    return new Set(usedChannels(flows, []).map(channelId))
  }

  async #all(sees: Sees): Promise<FieldGraph> {
    this.#graph ??= fieldGraph(this.#landscape, this.#files, new SqlReader())
    const whole = await this.#graph
    const { places, uses } = whole
    const seen = <T extends { readonly by: Maker }>(all: readonly T[]) =>
      all.filter(({ by }) => sees({ flow: by.name }))
    const links = seen(whole.links)
    if (links.length === whole.links.length) return whole
    return new FieldGraph({ places: [...places.values()], uses: seen(uses), links, gaps: seen(whole.gaps) })
  }
}

interface LineageQuestion extends Field {
  readonly depth?: number | undefined
  readonly direction?: 'up' | 'down' | 'both' | undefined
}

interface Field {
  readonly model: string
  readonly field: string
}

/** Every place that holds the field. */
function startsOf(graph: FieldGraph, { model, field }: Field): FieldRef[] {
  return [...graph.places.values()]
    .filter(place => holderOf(graph, place.id) === model)
    .map(({ id }) => ({ place: id, field }))
}

/** A table, or the model that data have there. */
function holderOf({ places }: FieldGraph, id: string): string {
  const place = places.get(id)
  return place?.kind === 'table' ? place.id : (place?.model ?? id)
}

/** As tables and models show it: what only hands a field on under its name is left out. */
function shown(graph: FieldGraph, links: readonly FieldLink[]): LineageLink[] {
  const found = new Map<string, LineageLink>()
  for (const link of links) {
    if (graph.isPass(link) && holderOf(graph, link.from.place) === holderOf(graph, link.to.place)) continue
    const { by, complete, uses, text, file, line } = link
    const [from, to] = [link.from, link.to].map(({ place, field }) => ({
      model: holderOf(graph, place),
      field,
      place,
      personal: graph.isPersonal({ place, field }),
    })) as [LineageLink['from'], LineageLink['to']]
    const id = [by.name, by.step, from.model, from.field, to.model, to.field].join(' ')
    const code = { ...(text !== undefined && { text }), ...(file !== undefined && { file, line }) }
    found.set(id, {
      flow: by.name,
      by: by.kind,
      step: by.step,
      from,
      to,
      complete,
      direct: uses.some(isDirect),
      uses: [...uses],
      ...code,
    } as LineageLink)
  }
  return [...found.values()]
}

function fieldsIn(graph: FieldGraph, { fields }: Reached, start: Field): number {
  const all = new Set(fields.map(({ place, field }) => `${holderOf(graph, place)}.${field}`))
  all.delete(`${start.model}.${start.field}`)
  return all.size
}
