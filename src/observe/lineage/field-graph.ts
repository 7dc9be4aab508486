/** A field at one place. Dotted, `lines[].qty` inside of lists. */
export interface FieldRef {
  readonly place: string
  readonly field: string
}

/**
 * Where data are: at a channel (`erp.orders`; the answer of a request: `erp.price:answer`), behind a step of a flow
 * (`orders/map-Sale`), in a table (`dwh.sales`), in what an aggregate or a projection keeps.
 */
export interface Place {
  readonly id: string
  readonly kind: 'source' | 'sink' | 'request' | 'answer' | 'step' | 'table' | 'kept'
  /** `Name.v1`. */
  readonly model?: string | undefined
  readonly fields: readonly string[]
  /** Of the model; fields that are made of personal ones are personal too, see `FieldGraph.isPersonal`. */
  readonly personal: readonly string[]
}

/** The part of a landscape that makes a field. */
export interface Maker {
  readonly kind: 'flow' | 'saga' | 'pipeline' | 'aggregate' | 'projection'
  readonly name: string
  /** Of the flow, saga or aggregate; the table of a pipeline. */
  readonly step: string
}

/** The text of a mapping and where it stands, where that is known. */
export interface Code {
  readonly text?: string
  readonly file?: string
  readonly line?: number
}

/**
 * How a column of a query depends on another, as the column lineage facet of OpenLineage distinguishes: the first
 * three are direct, the others indirect.
 */
export type Use =
  | 'identity'
  | 'transformation'
  | 'aggregation'
  | 'join'
  | 'group'
  | 'filter'
  | 'sort'
  | 'window'
  | 'condition'

const directUses: readonly Use[] = ['identity', 'transformation', 'aggregation']

export function isDirect(use: Use): boolean {
  return directUses.includes(use)
}

/** One field is made of another. */
export interface FieldLink extends Code {
  readonly from: FieldRef
  readonly to: FieldRef
  readonly by: Maker
  readonly uses: readonly Use[]
  /** False where it could not be followed to its end. */
  readonly complete: boolean
}

/** Of what a field is made is not known, or not all of it. */
export interface Gap extends Code {
  readonly to: FieldRef
  readonly by: Maker
  readonly reason: string
  /** What can be read there: if some of it is personal, the field counts as personal. */
  readonly reads: readonly string[]
}

/** What is checked, and what asks for a field without making another of it. */
export interface FieldUse {
  readonly field: FieldRef
  readonly what: string
  readonly by: Maker
}

export interface GraphParts {
  readonly places: readonly Place[]
  readonly links: readonly FieldLink[]
  readonly gaps: readonly Gap[]
  readonly uses: readonly FieldUse[]
}

export type Way = 'up' | 'down'

export interface Reached {
  readonly links: readonly FieldLink[]
  /** Without the fields where it began. */
  readonly fields: readonly FieldRef[]
  /** What is not known on the way. Only upward. */
  readonly gaps: readonly Gap[]
  /** Nothing is missing, as far as samples show. Downward: no gap elsewhere may hide a use. */
  readonly complete: boolean
}

/** Which fields of a landscape are made of which. */
export class FieldGraph {
  readonly places: ReadonlyMap<string, Place>
  readonly links: readonly FieldLink[]
  readonly gaps: readonly Gap[]
  readonly uses: readonly FieldUse[]
  readonly #near: Readonly<Record<Way, ReadonlyMap<string, readonly FieldLink[]>>>
  #personal: ReadonlySet<string> | undefined

  constructor({ places, links, gaps, uses }: GraphParts) {
    this.places = new Map(places.map(place => [place.id, place]))
    this.links = links
    this.gaps = gaps
    this.uses = uses
    this.#near = {
      up: Map.groupBy(links, ({ to }) => to.place),
      down: Map.groupBy(links, ({ from }) => from.place),
    }
  }

  /** The links that end at a field, what is in it and what it is in (up), or begin there (down). */
  linksAt({ place, field }: FieldRef, way: Way): FieldLink[] {
    const near = this.#near[way].get(place) ?? []
    return near.filter(link => overlaps(way === 'up' ? link.to.field : link.from.field, field))
  }

  gapsAt({ place, field }: FieldRef): Gap[] {
    return this.gaps.filter(({ to }) => to.place === place && overlaps(to.field, field))
  }

  /** Follows links from fields, so many steps. A step that hands a field on under its name is none. */
  reach(starts: readonly FieldRef[], way: Way, depth = Number.POSITIVE_INFINITY): Reached {
    const fields = new Map(starts.map(start => [idOf(start), start]))
    const links = new Set<FieldLink>()
    let edge = this.#handedOn(starts, way, fields, links)
    for (let step = 0; step < depth && edge.length > 0; step++) {
      const next = edge.flatMap(field => this.linksAt(field, way)).filter(link => !links.has(link))
      for (const link of next) links.add(link)
      edge = this.#handedOn(
        fresh(
          next.map(link => farEnd(link, way)),
          fields,
        ),
        way,
        fields,
        links,
      )
    }
    const all = [...fields.values()]
    const gaps = way === 'up' ? [...new Set(all.flatMap(field => this.gapsAt(field)))] : []
    const lost = way === 'down' && this.gaps.some(gap => all.some(field => this.#mayRead(gap, field)))
    const begun = new Set(starts.map(idOf))
    return {
      links: [...links],
      fields: all.filter(field => !begun.has(idOf(field))),
      gaps,
      complete: gaps.length === 0 && !lost && [...links].every(({ complete }) => complete),
    }
  }

  /** Is it personal itself, or made of a field that is? What could not be followed to its end counts as made of all. */
  isPersonal(field: FieldRef): boolean {
    this.#personal ??= this.#allPersonal()
    const { place } = field
    return [...this.#personal].some(each => {
      const [at, name] = partsOf(each)
      return at === place && overlaps(plain(name), plain(field.field))
    })
  }

  /** The fields of a place that are personal, themselves or by what they are made of. */
  personalAt(place: string): string[] {
    this.#personal ??= this.#allPersonal()
    return [...this.#personal].map(partsOf).flatMap(([at, field]) => (at === place ? [field] : []))
  }

  #mayRead({ reads }: Gap, { place }: FieldRef): boolean {
    return reads.includes(place)
  }

  /** With the fields that these are handed on as, under the same name of the same model. */
  #handedOn(starts: readonly FieldRef[], way: Way, fields: Map<string, FieldRef>, links: Set<FieldLink>) {
    const all = [...starts]
    for (let at = 0; at < all.length; at++) {
      const passes = this.linksAt(all[at] as FieldRef, way).filter(
        link => !links.has(link) && this.isPass(link),
      )
      for (const link of passes) links.add(link)
      all.push(
        ...fresh(
          passes.map(link => farEnd(link, way)),
          fields,
        ),
      )
    }
    return all
  }

  /** Whether a link only hands a field on, under the same name of the same model. */
  isPass({ from, to, uses }: FieldLink): boolean {
    const [first, second] = [this.places.get(from.place), this.places.get(to.place)]
    return (
      from.field === to.field &&
      first?.model !== undefined &&
      first.model === second?.model &&
      uses.every(use => use === 'identity')
    )
  }

  #allPersonal(): ReadonlySet<string> {
    const found = new Set<string>()
    for (const { id, personal } of this.places.values())
      for (const field of personal) found.add(idOf({ place: id, field }))
    const begun = [...found].map(id => ({ place: partsOf(id)[0], field: partsOf(id)[1] }))
    const edge: FieldRef[] = begun
    for (let at = 0; at < edge.length; at++) {
      const { place, field } = edge[at] as FieldRef
      const made = (this.#near.down.get(place) ?? [])
        .filter(({ from, uses }) => overlaps(plain(from.field), plain(field)) && uses.some(carriesPersonal))
        .map(({ to }) => to)
      const guessed = this.gaps.filter(({ reads }) => reads.includes(place)).map(({ to }) => to)
      for (const to of [...made, ...guessed]) {
        if (found.has(idOf(to))) continue
        found.add(idOf(to))
        edge.push(to)
      }
    }
    return found
  }
}

/** What a condition chooses tells of what it looked at; a filter or join only of which rows there are. */
function carriesPersonal(use: Use): boolean {
  return isDirect(use) || use === 'condition'
}

function fresh(found: readonly FieldRef[], known: Map<string, FieldRef>): FieldRef[] {
  return found.filter(field => {
    const id = idOf(field)
    if (known.has(id)) return false
    known.set(id, field)
    return true
  })
}

export function farEnd({ from, to }: FieldLink, way: Way): FieldRef {
  return way === 'up' ? from : to
}

/** One is the other, or in it, or holds it. */
export function overlaps(one: string, other: string): boolean {
  const inside = (a: string, b: string) => a.startsWith(`${b}.`) || a.startsWith(`${b}[]`)
  return one === other || inside(one, other) || inside(other, one)
}

const plain = (path: string): string => path.replaceAll('[]', '')

export function idOf({ place, field }: FieldRef): string {
  return `${place}\n${field}`
}

function partsOf(id: string): [string, string] {
  const at = id.indexOf('\n')
  return [id.slice(0, at), id.slice(at + 1)]
}
