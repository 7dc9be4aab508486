import type { Bridge, Island } from './state.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** Of an island, in pixels. */
export const islandWidth = 124
export const islandHeight = 56
/** Least distances: islands of neighbouring columns stand half a row apart, and may reach beside each other. */
const columnsApart = 100
const rowsApart = 126
const margin = 20

export interface Plan {
  readonly width: number
  readonly height: number
  /** Middle of each island. */
  readonly places: ReadonlyMap<string, Point>
}

/** Places in pixels for a map that fills a frame, or goes beyond it; islands keep the places that the server gave them. */
export function planOf(
  islands: readonly Island[],
  frame: { readonly width: number; readonly height: number },
): Plan {
  const columns = 1 + Math.max(0, ...islands.map(({ place }) => place.column))
  const rows = 1.5 + Math.max(0, ...islands.map(({ place }) => place.row))
  const pitch = (least: number, size: number, count: number) => Math.max(least, (size - 2 * margin) / count)
  const across = pitch(columnsApart, frame.width - islandWidth + columnsApart, columns)
  const down = pitch(rowsApart, frame.height, rows)
  const edge = margin + (islandWidth - columnsApart) / 2
  const places = islands.map(({ island, place }) => {
    const shift = place.column % 2 === 1 ? 0.5 : 0
    return [
      island,
      { x: edge + (place.column + 0.5) * across, y: margin + (place.row + shift + 0.5) * down },
    ] as const
  })
  return { width: 2 * edge + columns * across, height: 2 * margin + rows * down, places: new Map(places) }
}

/** The curve of a bridge: several between the same islands bend apart. */
export interface Curve {
  readonly from: Point
  readonly bend: Point
  readonly to: Point
}

export function curveOf(plan: Plan, bridge: Bridge, lane: number): Curve | undefined {
  const from = plan.places.get(bridge.from)
  const to = plan.places.get(bridge.to)
  if (!from || !to || bridge.from === bridge.to) return undefined
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const off = 14 + 22 * lane + length / 12
  const [nx, ny] = [-(to.y - from.y) / length, (to.x - from.x) / length]
  const bend = { x: (from.x + to.x) / 2 + nx * off, y: (from.y + to.y) / 2 + ny * off }
  return { from: edgeOf(from, bend), bend, to: edgeOf(to, bend) }
}

/** Bridges between the same two islands in the same direction are numbered. */
export function lanesOf(bridges: readonly Bridge[]): readonly (readonly [Bridge, number])[] {
  const used = new Map<string, number>()
  return bridges.map(bridge => {
    const pair = `${bridge.from} ${bridge.to}`
    const lane = used.get(pair) ?? 0
    used.set(pair, lane + 1)
    return [bridge, lane]
  })
}

export function pathOf({ from, bend, to }: Curve): string {
  const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`
  return `M${at(from)} Q${at(bend)} ${at(to)}`
}

/** A place on the curve, from 0 to 1. */
export function alongOf({ from, bend, to }: Curve, part: number): Point {
  const [a, b, c] = [(1 - part) ** 2, 2 * (1 - part) * part, part ** 2]
  return { x: a * from.x + b * bend.x + c * to.x, y: a * from.y + b * bend.y + c * to.y }
}

/** 1 px for little, 5 px for a thousand a second. */
export function thicknessOf(perSecond: number): number {
  return 1.2 + Math.min(4, Math.log10(1 + perSecond) * 1.3)
}

/** Where the line to `toward` leaves an island's ellipse. */
function edgeOf(middle: Point, toward: Point): Point {
  const [dx, dy] = [toward.x - middle.x, toward.y - middle.y]
  const scale = 1 / Math.hypot(dx / (islandWidth / 2 + 3), dy / (islandHeight / 2 + 3))
  return { x: middle.x + dx * scale, y: middle.y + dy * scale }
}

/** Where on its curve a label may stand, the best place first. */
const labelPlaces = [0.5, 0.35, 0.65, 0.25, 0.75]

/** A place for each label at which it covers neither an island nor an earlier label; those without one are left out. */
export function labelled<T extends { readonly curve: Curve }>(
  items: readonly T[],
  plan: Plan,
  label: { readonly width: number; readonly height: number },
): (readonly [T, Point])[] {
  const kept: (readonly [T, Point])[] = []
  const near = (a: Point, b: Point, width: number, height: number) =>
    Math.abs(a.x - b.x) < width && Math.abs(a.y - b.y) < height
  const isFree = (at: Point) =>
    !kept.some(([, other]) => near(at, other, label.width, label.height)) &&
    ![...plan.places.values()].some(island =>
      near(at, island, (label.width + islandWidth) / 2, (label.height + islandHeight) / 2),
    )
  for (const item of items) {
    const at = labelPlaces.map(part => alongOf(item.curve, part)).find(isFree)
    if (at) kept.push([item, at])
  }
  return kept
}
