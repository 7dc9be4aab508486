/** Where an island stands: columns go with the messages, rows downwards; both count from 0. */
export interface Place {
  readonly column: number
  readonly row: number
}

export interface Way {
  readonly from: string
  readonly to: string
}

/**
 * Places islands in columns, so that bridges lead to the right where they can. Islands that have a place keep it, so
 * that people find them where they were; new ones come to the next free row of their column. Deterministic.
 */
export function placed(
  islands: readonly string[],
  ways: readonly Way[],
  known: Readonly<Record<string, Place>>,
): Readonly<Record<string, Place>> {
  const ranks = ranksOf(islands, ways)
  const places: Record<string, Place> = {}
  for (const island of islands) if (known[island]) places[island] = known[island]
  const taken = new Set(Object.values(places).map(spot))
  const fresh = islands.filter(island => !places[island])
  const columns = Map.groupBy(fresh, island => ranks.get(island) ?? 0)
  for (const column of [...columns.keys()].sort((a, b) => a - b)) {
    const wished = (columns.get(column) ?? [])
      .map(island => ({ island, row: middleOf(island, ways, places) }))
      .sort((a, b) => a.row - b.row)
    for (const { island, row: wish } of wished) {
      const row = freeRow(column, Math.round(wish), taken)
      places[island] = { column, row }
      taken.add(spot(places[island]))
    }
  }
  return places
}

/** The longest way from an island at which nothing arrives; ways that lead back in a circle are left out. */
function ranksOf(islands: readonly string[], ways: readonly Way[]): ReadonlyMap<string, number> {
  const next = Map.groupBy(
    ways.filter(({ from, to }) => from !== to),
    ({ from }) => from,
  )
  const arrives = new Set(ways.filter(({ from, to }) => from !== to).map(({ to }) => to))
  const ranks = new Map<string, number>()
  const under = new Set<string>()
  const visit = (island: string, rank: number): void => {
    if (under.has(island) || (ranks.get(island) ?? -1) >= rank) return
    ranks.set(island, rank)
    under.add(island)
    for (const { to } of next.get(island) ?? []) visit(to, rank + 1)
    under.delete(island)
  }
  const roots = islands.filter(island => !arrives.has(island))
  for (const island of [...roots, ...islands])
    if (roots.includes(island) || !ranks.has(island)) visit(island, 0)
  return ranks
}

/** The mean row of the neighbours that have a place. */
function middleOf(island: string, ways: readonly Way[], places: Readonly<Record<string, Place>>): number {
  const rows = ways
    .flatMap(({ from, to }) => (to === island ? [from] : from === island ? [to] : []))
    .flatMap(neighbour => places[neighbour]?.row ?? [])
  return rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + row, 0) / rows.length
}

function freeRow(column: number, wish: number, taken: ReadonlySet<string>): number {
  for (let away = 0; ; away++)
    for (const row of [wish + away, wish - away])
      if (row >= 0 && !taken.has(spot({ column, row }))) return row
}

const spot = ({ column, row }: Place): string => `${column}/${row}`
