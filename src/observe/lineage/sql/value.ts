import { isDirect, type Use } from '../field-graph.ts'

/** A column of a table, and how it is used. */
export interface ColumnSource {
  readonly table: string
  readonly column: string
  readonly uses: readonly Use[]
}

/** A column of a table. */
export interface ColumnId {
  readonly table: string
  readonly column: string
}

/** What a value in a query is made of. */
export interface Value {
  readonly uses: ReadonlyMap<string, ReadonlySet<Use>>
  /** False where some of it could not be followed. */
  readonly complete: boolean
}

export const nothing: Value = { uses: new Map(), complete: true }
export const notKnown: Value = { uses: new Map(), complete: false }

export function columnValue(table: string, column: string): Value {
  return { uses: new Map([[`${table}\n${column}`, new Set<Use>(['identity'])]]), complete: true }
}

export function together(...values: readonly Value[]): Value {
  const uses = new Map<string, Set<Use>>()
  for (const value of values)
    for (const [column, how] of value.uses) {
      const known = uses.get(column) ?? new Set()
      for (const use of how) known.add(use)
      uses.set(column, known)
    }
  return { uses, complete: values.every(({ complete }) => complete) }
}

/**
 * A value made of another one. What only chose among rows or values stays that; of two direct uses the one that changes
 * more is told; whatever an indirect use looks at is indirect.
 */
export function used(value: Value, as: Use): Value {
  const uses = [...value.uses].map(([column, how]) => {
    const made = [...how].map(use => (isDirect(as) ? (isDirect(use) ? stronger(use, as) : use) : as))
    return [column, new Set(made)] as const
  })
  return { uses: new Map(uses), complete: value.complete }
}

export function sourcesOf(value: Value): ColumnSource[] {
  return [...value.uses].map(([id, uses]) => {
    const [table = '', column = ''] = id.split('\n')
    return { table, column, uses: [...uses].sort() }
  })
}

export function sameValue(one: Value, other: Value): boolean {
  const size = (value: Value) =>
    [...value.uses.values()].reduce((sum, { size }) => sum + size, value.uses.size)
  return one.complete === other.complete && size(one) === size(other)
}

const strength: readonly Use[] = ['identity', 'transformation', 'aggregation']

function stronger(one: Use, other: Use): Use {
  return strength[Math.max(strength.indexOf(one), strength.indexOf(other))] as Use
}
