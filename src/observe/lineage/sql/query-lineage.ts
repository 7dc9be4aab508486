import { equalities } from './equalities.ts'
import { ordersOf, type Queries, valueIn } from './expression.ts'
import { FromReader } from './from.ts'
import { aggregates } from './function-names.ts'
import { type Column, emptyFrom, lower, type Rows, type Scope, type Tables } from './scope.ts'
import { selectedColumns } from './selected.ts'
import { holds, placeIn, type Tree, text, texts, tree, trees } from './tree.ts'
import {
  type ColumnId,
  type ColumnSource,
  nothing,
  notKnown,
  sameValue,
  sourcesOf,
  together,
  used,
  type Value,
} from './value.ts'

/** Which columns of tables each column of a query is made of. */
export interface QueryLineage {
  readonly columns: readonly {
    readonly name: string
    readonly sources: readonly ColumnSource[]
    readonly complete: boolean
  }[]
  /** It may have further columns. */
  readonly open: boolean
  /** Why something is not known. */
  readonly unknown: readonly string[]
  /** Every column that is read, for whatever. */
  readonly reads: readonly ColumnSource[]
  /** Tables of which it is sure that the query takes their rows at one place alone. */
  readonly once: readonly string[]
  /** Columns that are the same in all rows that come together. */
  readonly equal: readonly (readonly [ColumnId, ColumnId])[]
}

/** `node` is one statement of what `json_serialize_sql` tells. Pure. */
export function queryLineage(node: unknown, tables: Tables): QueryLineage {
  const reader = new QueryReader(tables)
  const { columns, rows, open } = reader.query(node, { from: emptyFrom, ctes: new Map() })
  const all = together(rows, ...columns.map(({ value }) => value))
  return {
    columns: columns.map(({ name, value }) => {
      const whole = together(value, rows)
      return { name, sources: sourcesOf(whole), complete: whole.complete }
    }),
    open,
    unknown: reader.reasons,
    reads: sourcesOf(all),
    once: reader.once,
    equal: reader.equal,
  }
}

class QueryReader implements Queries {
  readonly reasons: string[] = []
  readonly equal: (readonly [ColumnId, ColumnId])[] = []
  readonly #from: FromReader
  #recursion = false

  constructor(tables: Tables) {
    this.#from = new FromReader(tables, this)
  }

  equals(pairs: readonly (readonly [ColumnId, ColumnId])[]): void {
    this.equal.push(...pairs)
  }

  get once(): readonly string[] {
    return this.#recursion ? [] : this.#from.once
  }

  unknown(reason: string): void {
    if (!this.reasons.includes(reason)) this.reasons.push(reason)
  }

  subquery(node: unknown, outer: Scope): Rows {
    return this.query(node, outer)
  }

  query(given: unknown, outer: Scope): Rows {
    const node = tree(given)
    if (!node) return this.#notFollowed('a query')
    const ctes = this.#ctes(node, outer)
    const scope: Scope = { from: emptyFrom, outer, ctes }
    switch (node.type) {
      case 'SELECT_NODE':
        return this.#select(node, scope)
      case 'SET_OPERATION_NODE':
        return this.#modified(node, this.#combined(node, scope), scope)
      case 'RECURSIVE_CTE_NODE':
        return this.#recursive(node, scope)
      default:
        return this.#notFollowed(text(node.type))
    }
  }

  #notFollowed(what: string): Rows {
    this.unknown(`${what} is not followed`)
    return { columns: [], rows: notKnown, open: true }
  }

  #ctes(node: Tree, outer: Scope): ReadonlyMap<string, Rows> {
    const ctes = new Map(outer.ctes)
    for (const { key, value } of trees(tree(node.cte_map)?.map)) {
      const query = tree(tree(value)?.query)?.node
      const rows = this.query(query, { from: emptyFrom, outer: outer.outer, ctes })
      ctes.set(lower(text(key)), renamed(rows, texts(tree(value)?.aliases)))
    }
    return ctes
  }

  #select(node: Tree, around: Scope): Rows {
    const from = this.#from.read(node.from_table, around)
    const aliases = new Map<string, Value>()
    const scope: Scope = { ...around, from, aliases }
    const items = trees(node.select_list)
    const selected = items.map(item => {
      const found = selectedColumns(item, scope, this)
      // Items behind it can refer to it.
      for (const { name, value } of found.columns) aliases.set(lower(name), value)
      return found
    })
    const columns = selected.flatMap(each => each.columns)
    const filters = [node.where_clause, node.having, node.qualify]
    this.equals(equalities(node.where_clause, scope, this))
    const rows = together(
      from.rows,
      ...filters.map(each => used(valueIn(each, scope, this), 'filter')),
      this.#grouped(node, items, columns, scope),
      ...items.filter(item => holds(item, isUnnest)).map(item => used(valueIn(item, scope, this), 'filter')),
    )
    const open = selected.some(each => each.open)
    return this.#modified(node, { columns, rows, open }, scope)
  }

  #grouped(node: Tree, items: readonly Tree[], columns: readonly Column[], scope: Scope): Value {
    const isAggregate = (one: Tree) => one.class === 'FUNCTION' && aggregates.has(text(one.function_name))
    const all =
      node.aggregate_handling === 'FORCE_AGGREGATES' ? items.filter(item => !holds(item, isAggregate)) : []
    const named = trees(node.group_expressions).map(each => {
      const place = placeIn(each)
      return place === undefined ? valueIn(each, scope, this) : (columns[place - 1]?.value ?? notKnown)
    })
    return used(together(...named, ...all.map(each => valueIn(each, scope, this))), 'group')
  }

  /** By `order by`, `limit` and `distinct`. */
  #modified(node: Tree, result: Rows, scope: Scope): Rows {
    const { columns } = result
    const own = new Map(columns.map(({ name, value }) => [lower(name), value]))
    const within: Scope = { ...scope, aliases: own, aliasFirst: true }
    const value = (each: Tree) => {
      const place = placeIn(each)
      return place === undefined ? valueIn(each, within, this) : (columns[place - 1]?.value ?? nothing)
    }
    const more = trees(node.modifiers).map(modifier => {
      if (modifier.type === 'ORDER_MODIFIER') return used(together(...ordersOf(modifier).map(value)), 'sort')
      if (modifier.type !== 'DISTINCT_MODIFIER')
        return used(
          together(valueIn(modifier.limit, scope, this), valueIn(modifier.offset, scope, this)),
          'filter',
        )
      const targets = trees(modifier.distinct_on_targets)
      const all = targets.length > 0 ? targets.map(value) : columns.map(each => each.value)
      return used(together(...all), 'group')
    })
    return { ...result, rows: together(result.rows, ...more) }
  }

  #combined(node: Tree, scope: Scope): Rows {
    const left = this.query(node.left, scope)
    const right = this.query(node.right, scope)
    const kind = text(node.setop_type)
    const keeps = kind === 'EXCEPT' || kind === 'INTERSECT'
    const columns = keeps ? left.columns : united(left, right, kind === 'UNION_BY_NAME')
    const compared = keeps || node.setop_all === false
    const all = compared
      ? together(...[...left.columns, ...right.columns].map(({ value }) => value))
      : nothing
    const rows = together(left.rows, right.rows, used(all, keeps ? 'filter' : 'group'))
    return { columns, rows, open: left.open || right.open }
  }

  /** Runs until nothing comes to what its rows are made of. */
  #recursive(node: Tree, scope: Scope): Rows {
    this.#recursion = true
    let rows = this.query(node.left, scope)
    for (let round = 0; round < 50; round++) {
      const ctes = new Map(scope.ctes).set(lower(text(node.cte_name)), renamed(rows, texts(node.aliases)))
      const next = this.query(node.right, { ...scope, ctes })
      const both: Rows = {
        columns: united(rows, next, false),
        rows: together(rows.rows, next.rows),
        open: rows.open || next.open,
      }
      const isSame =
        sameValue(both.rows, rows.rows) &&
        both.columns.every(({ value }, at) => sameValue(value, rows.columns[at]?.value ?? nothing))
      rows = both
      if (isSame) break
    }
    const compared = node.union_all === true ? nothing : together(...rows.columns.map(({ value }) => value))
    return { ...rows, rows: together(rows.rows, used(compared, 'group')) }
  }
}

/** As many rows as the list is long. */
function isUnnest(node: Tree): boolean {
  return node.class === 'FUNCTION' && text(node.function_name) === 'unnest'
}

export function renamed(rows: Rows, names: readonly string[]): Rows {
  const columns = rows.columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }))
  return { ...rows, columns }
}

/** One below the other: by place, or by name. */
function united(left: Rows, right: Rows, byName: boolean): Column[] {
  const isKnown = !left.open && !right.open
  const partner = (column: Column, at: number) =>
    byName ? right.columns.find(({ name }) => lower(name) === lower(column.name)) : right.columns[at]
  const both = left.columns.map((column, at) => {
    const value = together(column.value, partner(column, at)?.value ?? nothing)
    return { name: column.name, value: isKnown ? value : { ...value, complete: false } }
  })
  const others = right.columns.filter(
    ({ name }) => !left.columns.some(each => lower(each.name) === lower(name)),
  )
  return byName ? [...both, ...others] : both
}
