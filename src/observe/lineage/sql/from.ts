import { equalities, pairOf } from './equalities.ts'
import { type Queries, valueIn } from './expression.ts'
import {
  type Column,
  emptyFrom,
  type From,
  lower,
  type Relation,
  type Rows,
  type Scope,
  type Tables,
} from './scope.ts'
import { type Tree, text, texts, tree, trees } from './tree.ts'
import { columnValue, nothing, notKnown, together, used, type Value } from './value.ts'

/** Functions that give one column, of their own name, made of what they are given. */
const oneColumn = ['unnest', 'range', 'generate_series']

/** Reads what stands behind `from`. */
export class FromReader {
  readonly #tables: Tables
  readonly #queries: Queries
  /** How often each table and each common table expression stands behind a `from`. */
  readonly #taken = new Map<string | Rows, number>()

  constructor(tables: Tables, queries: Queries) {
    this.#tables = tables
    this.#queries = queries
  }

  /** Tables whose rows the query takes at one place alone. */
  get once(): string[] {
    const all = [...this.#taken]
    if (all.some(([taken, times]) => typeof taken !== 'string' && times > 1)) return []
    return all.flatMap(([taken, times]) => (typeof taken === 'string' && times === 1 ? [taken] : []))
  }

  read(given: unknown, scope: Scope): From {
    const node = tree(given)
    switch (node?.type) {
      case undefined:
      case 'EMPTY':
        return emptyFrom
      case 'BASE_TABLE':
        return this.#table(node as Tree, scope)
      case 'SUBQUERY':
        return this.#named(node as Tree, this.#queries.subquery(tree(node?.subquery)?.node, scope), {})
      case 'JOIN':
        return this.#join(node as Tree, scope)
      case 'TABLE_FUNCTION':
        return this.#called(node as Tree, scope)
      case 'EXPRESSION_LIST':
        return this.#named(node as Tree, this.#listed(node as Tree, scope), {})
      default:
        this.#queries.unknown(`${text(node?.type).replace('_REF', '').toLowerCase()} is not followed`)
        return this.#named(node as Tree, { columns: [], rows: notKnown, open: true }, {})
    }
  }

  #table(node: Tree, scope: Scope): From {
    const [name, schema] = [text(node.table_name), text(node.schema_name)]
    const cte = schema === '' ? scope.ctes.get(lower(name)) : undefined
    if (cte) this.#take(cte)
    if (cte) return this.#named(node, cte, { name })
    const { id, columns } = this.#tables(name, schema)
    this.#take(id)
    const known = (columns ?? []).map(column => ({ name: column, value: columnValue(id, column) }))
    const rows: Rows = { columns: known, rows: nothing, open: columns === undefined }
    return this.#named(node, rows, { name, schema, table: id })
  }

  #take(one: string | Rows): void {
    this.#taken.set(one, (this.#taken.get(one) ?? 0) + 1)
  }

  /** Under the name and the names of columns that the query gives. */
  #named(node: Tree, rows: Rows, about: Partial<Pick<Relation, 'name' | 'schema' | 'table'>>): From {
    const names = texts(node.column_name_alias)
    const columns = rows.columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }))
    const table = names.length > 0 ? undefined : about.table
    const relation = {
      columns,
      open: rows.open,
      schema: about.schema,
      table,
      name: text(node.alias) || (about.name ?? ''),
    }
    return { ...rows, columns, relations: [relation] }
  }

  #listed(node: Tree, scope: Scope): Rows {
    const lines = (Array.isArray(node.values) ? node.values : []).map(trees)
    const width = Math.max(0, ...lines.map(line => line.length))
    const columns = Array.from({ length: width }, (_, at) => ({
      name: texts(node.expected_names)[at] ?? `col${at}`,
      value: together(...lines.map(line => valueIn(line[at], scope, this.#queries))),
    }))
    return { columns, rows: nothing, open: false }
  }

  #called(node: Tree, scope: Scope): From {
    const call = tree(node.function) ?? {}
    const name = text(call.function_name)
    const value = used(
      together(...trees(call.children).map(each => valueIn(each, scope, this.#queries))),
      'transformation',
    )
    const known = oneColumn.includes(name)
    if (!known) this.#queries.unknown(`what ${name}(...) gives is not known`)
    // With a name for all and none for the column, the column has that too.
    const column = texts(node.column_name_alias)[0] ?? (text(node.alias) || name)
    const rows: Rows = {
      columns: known ? [{ name: column, value }] : [],
      rows: known ? used(value, 'filter') : notKnown,
      open: !known,
    }
    return this.#named(node, rows, { name })
  }

  /** The right side sees the left one (lateral). */
  #join(node: Tree, scope: Scope): From {
    const left = this.read(node.left, scope)
    const right = this.read(node.right, { ...scope, from: left, outer: scope })
    const shared = this.#shared(node, left, right)
    const isHalf = /SEMI|ANTI/.test(text(node.join_type))
    const both: From = {
      ...left,
      relations: [...left.relations, ...right.relations],
      columns: [...left.columns, ...right.columns],
    }
    const condition = used(valueIn(node.condition, { ...scope, from: both }, this.#queries), 'join')
    this.#queries.equals(equalities(node.condition, { ...scope, from: both }, this.#queries))
    for (const name of shared) this.#queries.equals(pairOf(valueNamed(left, name), valueNamed(right, name)))
    const keys = shared.flatMap(name => [valueNamed(left, name), valueNamed(right, name)])
    const rows = together(left.rows, right.rows, condition, used(together(...keys), 'join'))
    if (isHalf) return { ...left, rows }
    const isNatural = node.ref_type === 'NATURAL'
    if (isNatural && (left.open || right.open))
      this.#queries.unknown('which columns a natural join shares is not known')
    return {
      relations: both.relations,
      columns: joinedColumns(text(node.join_type), shared, left, right),
      rows: isNatural && (left.open || right.open) ? { ...rows, complete: false } : rows,
      open: left.open || right.open,
    }
  }

  #shared(node: Tree, left: From, right: From): readonly string[] {
    if (node.ref_type !== 'NATURAL') return texts(node.using_columns)
    const other = new Set(right.columns.map(({ name }) => lower(name)))
    return left.columns.map(({ name }) => name).filter(name => other.has(lower(name)))
  }
}

/** Shared columns are there once: of the side that has a row. */
function joinedColumns(kind: string, shared: readonly string[], left: From, right: From): Column[] {
  const names = new Set(shared.map(lower))
  const merged = (column: Column): Column => {
    if (!names.has(lower(column.name))) return column
    const other = valueNamed(right, column.name)
    const value =
      kind === 'RIGHT'
        ? other
        : kind === 'FULL' || kind === 'OUTER'
          ? together(column.value, other)
          : column.value
    return { ...column, value }
  }
  return [...left.columns.map(merged), ...right.columns.filter(({ name }) => !names.has(lower(name)))]
}

function valueNamed(from: From, name: string): Value {
  const column = from.columns.find(each => lower(each.name) === lower(name))
  if (column) return column.value
  const open = from.relations.filter(each => each.open)
  const [only] = open
  return open.length === 1 && only?.table !== undefined ? columnValue(only.table, name) : notKnown
}
