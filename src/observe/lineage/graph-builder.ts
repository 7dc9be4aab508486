import { probeLineage } from '../../model/lineage.ts'
import { type Model, modelId } from '../../model/model.ts'
import { type AnyChannel, channelId } from '../../system/channel.ts'
import { plainPath, type Shape } from '../shape.ts'
import type {
  Code,
  FieldLink,
  FieldRef,
  FieldUse,
  Gap,
  GraphParts,
  Maker,
  Place,
  Use,
} from './field-graph.ts'
import { fieldRows } from './field-rows.ts'
import { type Influence, influences, isInside, type MadeValue } from './influence.ts'
import type { SourceFiles } from './source-text.ts'

/** Where the fields of data come from that are at hand at some place. */
export interface Origin {
  /** What a path of the data is. Empty where that is not known. */
  of(path: string): readonly Found[]
  /** The places it comes from. */
  readonly places: readonly string[]
}

interface Found extends FieldRef {
  /** It is this field itself, not made of it. */
  readonly same: boolean
  readonly complete: boolean
}

type Function = (...given: never[]) => unknown

/** What is told with each link. */
export interface Making {
  readonly by: Maker
  /** `file:line` of the declaration, behind which functions are looked for. */
  readonly at: string | undefined
}

/** Gathers places, links and gaps of a landscape. */
export class GraphBuilder {
  readonly #files: SourceFiles
  readonly #places = new Map<string, Place>()
  readonly #links = new Map<string, FieldLink>()
  readonly #gaps: Gap[] = []
  readonly #uses: FieldUse[] = []

  constructor(files: SourceFiles) {
    this.#files = files
  }

  get parts(): GraphParts {
    const places = [...this.#places.values()]
    return { places, links: [...this.#links.values()], gaps: this.#gaps, uses: this.#uses }
  }

  /** A place with the fields of a model; more where columns are said. */
  place(id: string, kind: Place['kind'], model: Model, more: readonly string[] = []): string {
    const known = this.#places.get(id)
    // A topic may be published with a model that says more than that with which it is read.
    const unsaid = known ? model.pii.filter(path => !known.personal.includes(path)) : []
    if (known && unsaid.length > 0)
      this.#places.set(id, { ...known, personal: [...known.personal, ...unsaid] })
    if (!known) {
      const rows = fieldRows(model)
      const fields = [...new Set([...rows.map(({ field }) => field), ...more])]
      const personal = rows.filter(row => row.personal).map(({ field }) => field)
      // Fields that no schema lists may be personal all the same.
      const said = model.pii.filter(path => !personal.some(each => plainPath(each) === plainPath(path)))
      this.#places.set(id, { id, kind, model: modelId(model), fields, personal: [...personal, ...said] })
    }
    return id
  }

  channel(channel: AnyChannel): string {
    const { role } = channel
    // A topic is both: what is published there is what flows begin with.
    return this.place(channelId(channel), role === 'requester' ? 'request' : role, channel.model)
  }

  answer(channel: AnyChannel & { readonly answer: Model }): string {
    return this.place(`${channelId(channel)}:answer`, 'answer', channel.answer)
  }

  /** All that is at a place, as it is there. */
  at(place: string): Origin {
    return { places: [place], of: field => [{ place, field, same: true, complete: true }] }
  }

  /** Data that come into a place as they are: field by field of the same name. */
  handed(place: string, origin: Origin, making: Making): void {
    for (const field of this.#ends(place))
      this.#link(place, field, [{ from: field, same: true }], true, origin, making, {})
  }

  /** As they are, but all of them under a name. */
  within(place: string, name: string, from: string, { by }: Making): void {
    const ends = this.#ends(place).filter(field => isInside(field, name))
    for (const field of ends) {
      const source = { place: from, field: field.slice(name.length + 1) }
      this.link({ from: source, to: { place, field }, by, uses: ['identity'], complete: true })
    }
  }

  /** Field by field, each by its function. */
  mapped(
    place: string,
    fields: Readonly<Record<string, Function>>,
    shape: Shape,
    origin: Origin,
    making: Making,
  ): void {
    for (const [field, code] of Object.entries(fields)) {
      const told = this.#files.of(code, making.at)
      const made = influences(shape.schema, code as (data: never) => unknown)
      if (!made) this.#gap(place, field, origin, making, told)
      for (const { path, sources, complete } of made ?? [])
        this.#link(place, joined(field, path), sources, complete, origin, making, told)
    }
  }

  /** By one function for all fields; `written` is what its author wrote, where that is called by another one. */
  converted(
    place: string,
    code: Function,
    shape: Shape,
    origin: Origin,
    making: Making,
    written: Function = code,
  ): void {
    const told = this.#files.of(written, making.at)
    const made = influences(shape.schema, code as (data: never) => unknown)
    for (const { path, sources, complete } of made ?? [])
      this.#link(place, path, sources, complete, origin, making, told)
    const known = made ?? []
    const missing = known.some(each => !each.complete) || known.length === 0
    for (const field of missing ? this.#ends(place) : [])
      if (!known.some(({ path }) => isInside(path, field))) this.#gap(place, field, origin, making, told)
  }

  /** What a function makes of data: a list whose elements go on, or, with `whole`, one. */
  taken(code: Function, shape: Shape, origin: Origin, whole = false): Origin {
    const made = influences(shape.schema, code as (data: never) => unknown)
    if (!made) return { places: origin.places, of: () => [] }
    return {
      places: origin.places,
      of: path => this.#within(made, whole ? path : joined('[]', path), origin),
    }
  }

  link(link: FieldLink): void {
    const { from, to, by } = link
    const id = [from.place, from.field, to.place, to.field, by.kind, by.name, by.step].join('\n')
    const known = this.#links.get(id)
    const uses = known ? ([...new Set([...known.uses, ...link.uses])] as Use[]) : link.uses
    this.#links.set(id, { ...link, uses, complete: link.complete && known?.complete !== false })
  }

  gap(gap: Gap): void {
    this.#gaps.push(gap)
  }

  use(use: FieldUse): void {
    this.#uses.push(use)
  }

  /** What only looks at data: a filter, a branch, a key. Without a gap: who looks at more than samples show is not told. */
  looks(what: string, code: Function, shape: Shape, origin: Origin, { by }: Making): void {
    const reads = probeLineage([['all', code as (data: never) => unknown]], shape.schema).all?.sources ?? []
    for (const { place, field } of reads.flatMap(path => origin.of(path)))
      this.#uses.push({ field: { place, field }, what, by })
  }

  #within(made: readonly MadeValue[], path: string, origin: Origin): Found[] {
    const values = made.filter(each => isInside(each.path, path) || isInside(path, each.path))
    return values.flatMap(({ sources, complete }) =>
      sources.flatMap(({ from, same }) =>
        origin.of(from).map(found => ({
          ...found,
          same: found.same && same,
          complete: found.complete && complete,
        })),
      ),
    )
  }

  #link(
    place: string,
    field: string,
    sources: readonly Influence[],
    complete: boolean,
    origin: Origin,
    { by }: Making,
    told: Code,
  ): void {
    const to = { place, field }
    let isWhole = complete
    for (const { from: source, same } of sources) {
      const found = origin.of(source)
      if (found.length === 0) isWhole = false
      for (const { place: at, field: name, same: itself, complete: known } of found) {
        isWhole &&= known
        const uses: readonly Use[] = [same && itself ? 'identity' : 'transformation']
        this.link({ from: { place: at, field: name }, to, by, uses, complete: complete && known, ...told })
      }
    }
    if (!isWhole) this.gap({ to, by, reason: partly, reads: origin.places, ...told })
  }

  #gap(place: string, field: string, origin: Origin, { by }: Making, told: Code): void {
    this.gap({ to: { place, field }, by, reason: unknown, reads: origin.places, ...told })
  }

  /** Fields that hold no further ones. */
  #ends(id: string): readonly string[] {
    const fields = this.#places.get(id)?.fields ?? []
    return fields.filter(field => !fields.some(other => other !== field && isInside(other, field)))
  }
}

const partly = 'the function could not be followed to its end'
const unknown = 'the function could not be run on a sample of its source'

function joined(field: string, path: string): string {
  return path === '' || path.startsWith('[]') || field === '' ? field + path : `${field}.${path}`
}
