import {
  type FieldGraph,
  type FieldLink,
  type FieldRef,
  farEnd,
  idOf,
  isDirect,
  type Way,
} from './field-graph.ts'

/** A field with those that it is made of (up) or that are made of it (down). */
export interface FieldTree {
  readonly field: string
  /** The channel, the step of a flow, the table. */
  readonly place: string
  readonly personal: boolean
  /** What makes the one of the other; absent at the root. */
  readonly by?: { readonly kind: string; readonly name: string; readonly step: string }
  readonly uses?: readonly string[]
  readonly text?: string
  readonly file?: string
  readonly line?: number
  /** Why it is not known, or not wholly, what it is made of. */
  readonly unknown?: string
  /** Where it ends: a system tells it, or it is made of nothing. */
  readonly end?: 'system' | 'constant'
  /** Its own tree stands elsewhere. */
  readonly again?: true
  /** There is more behind it, deeper than was asked for. */
  readonly more?: true
  readonly children: readonly FieldTree[]
}

/** As people read it: data behind a step go by the name of their model. */
export function fieldLabel(graph: FieldGraph, { place, field }: FieldRef): string {
  const found = graph.places.get(place)
  return `${found?.kind === 'step' ? (found.model ?? place) : place}.${field}`
}

/** A tree for each field, but not for those that stand in the tree of another under the same name. */
export function fieldTrees(
  graph: FieldGraph,
  starts: readonly FieldRef[],
  way: Way,
  depth: number,
): FieldTree[] {
  const within = new Set(starts.flatMap(start => handedOn(graph, start, way)).map(idOf))
  const seen = new Set<string>()
  return starts.filter(start => !within.has(idOf(start))).map(start => treeAt(graph, start, way, depth, seen))
}

function handedOn(graph: FieldGraph, start: FieldRef, way: Way): FieldRef[] {
  return graph
    .linksAt(start, way)
    .filter(link => graph.isPass(link))
    .map(link => farEnd(link, way))
}

function treeAt(
  graph: FieldGraph,
  at: FieldRef,
  way: Way,
  depth: number,
  seen: Set<string>,
  link?: FieldLink,
): FieldTree {
  const links = graph.linksAt(at, way)
  const known = seen.has(idOf(at))
  seen.add(idOf(at))
  const isCut = depth <= 0 && links.length > 0
  const open = known || isCut ? [] : [...links].sort(directFirst)
  return {
    field: fieldLabel(graph, at),
    place: at.place,
    personal: graph.isPersonal(at),
    ...(link && about(link)),
    ...(way === 'up' && ends(graph, at, links)),
    ...(known && links.length > 0 && { again: true as const }),
    ...(!known && isCut && { more: true as const }),
    children: open.map(each => treeAt(graph, farEnd(each, way), way, depth - 1, seen, each)),
  }
}

function about({ by, uses, text, file, line }: FieldLink): Partial<FieldTree> {
  const code = {
    ...(text !== undefined && { text }),
    ...(file !== undefined && { file, line: line as number }),
  }
  return { by, uses, ...code }
}

function ends(graph: FieldGraph, at: FieldRef, links: readonly FieldLink[]): Partial<FieldTree> {
  const [gap] = graph.gapsAt(at)
  if (gap) return { unknown: gap.reason }
  if (links.length > 0) return {}
  const kind = graph.places.get(at.place)?.kind
  return { end: kind === 'source' || kind === 'answer' || kind === undefined ? 'system' : 'constant' }
}

function directFirst(one: FieldLink, other: FieldLink): number {
  return Number(other.uses.some(isDirect)) - Number(one.uses.some(isDirect))
}
