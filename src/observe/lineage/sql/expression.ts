import type { Use } from '../field-graph.ts'
import { aggregates, moments } from './function-names.ts'
import { lookUp, lower, type Rows, type Scope } from './scope.ts'
import { type Tree, text, texts, tree, trees } from './tree.ts'
import { type ColumnId, nothing, notKnown, together, used, type Value } from './value.ts'

/** What reading an expression needs of the reading of queries. */
export interface Queries {
  subquery(node: unknown, outer: Scope): Rows
  /** Tells why something is not known. */
  unknown(reason: string): void
  /** Told of columns that are the same in all rows that come together. */
  equals(pairs: readonly (readonly [ColumnId, ColumnId])[]): void
}

/** What an expression is made of. */
export function valueIn(node: unknown, scope: Scope, queries: Queries): Value {
  const one = tree(node)
  if (!one) return nothing
  const of = (inner: unknown, use: Use = 'transformation') => used(valueIn(inner, scope, queries), use)
  const all = (inner: unknown, use?: Use) => together(...trees(inner).map(each => of(each, use)))
  switch (one.class) {
    case 'CONSTANT':
    case 'PARAMETER':
    case 'DEFAULT':
    case 'LAMBDA_REF':
      return nothing
    case 'COLUMN_REF':
      return columnNamed(one, scope, queries)
    case 'POSITIONAL_REFERENCE':
      return scope.from.columns[Number(one.index) - 1]?.value ?? notKnown
    case 'CAST':
    case 'COLLATE':
      return of(one.child)
    case 'OPERATOR':
    case 'CONJUNCTION':
      return all(one.children)
    case 'COMPARISON':
      return together(of(one.left), of(one.right))
    case 'BETWEEN':
      return together(of(one.input), of(one.lower), of(one.upper))
    case 'CASE':
      return caseValue(one, scope, queries)
    case 'FUNCTION':
      return functionValue(one, scope, queries)
    case 'WINDOW':
      return windowValue(one, scope, queries)
    case 'SUBQUERY':
      return subqueryValue(one, scope, queries)
    case 'LAMBDA':
      // Where no function takes one, the arrow reads from JSON.
      return together(of(one.lhs), of(one.expr))
    case 'STAR':
      return starValue(scope)
    default:
      queries.unknown(`an expression ${text(one.class)} is not followed`)
      return notKnown
  }
}

export function ordersOf(modifier: unknown): readonly Tree[] {
  return trees(trees(tree(modifier)?.orders).map(({ expression }) => expression))
}

function columnNamed(node: Tree, scope: Scope, queries: Queries): Value {
  const names = texts(node.column_names)
  const found = lookUp(scope, names)
  if (found) return found
  if (names.length === 1 && moments.has(lower(names[0] ?? ''))) return nothing
  queries.unknown(`there is no column ${names.join('.')}`)
  return notKnown
}

function caseValue(node: Tree, scope: Scope, queries: Queries): Value {
  const checks = trees(node.case_checks)
  const when = checks.map(each => used(valueIn(each.when_expr, scope, queries), 'condition'))
  const then = [...checks.map(each => each.then_expr), node.else_expr]
  return together(...when, ...then.map(each => used(valueIn(each, scope, queries), 'transformation')))
}

function functionValue(node: Tree, scope: Scope, queries: Queries): Value {
  const use: Use = aggregates.has(text(node.function_name)) ? 'aggregation' : 'transformation'
  const given = trees(node.children).map(child => {
    const inner =
      child.class === 'LAMBDA' ? lambdaValue(child, scope, queries) : valueIn(child, scope, queries)
    return used(inner, use)
  })
  const filter = used(valueIn(node.filter, scope, queries), 'condition')
  const orders = ordersOf(node.order_bys).map(each => used(valueIn(each, scope, queries), 'sort'))
  return together(...given, filter, ...orders)
}

/** Its parameters are parts of what else the function is given, and are told with that. */
function lambdaValue({ lhs, expr }: Tree, scope: Scope, queries: Queries): Value {
  const left = tree(lhs)
  const named = left?.class === 'FUNCTION' ? trees(left.children) : left ? [left] : []
  const names = named.map(each => lower(texts(each.column_names)[0] ?? ''))
  const parameters = new Set([...(scope.parameters ?? []), ...names])
  return valueIn(expr, { ...scope, parameters }, queries)
}

function windowValue(node: Tree, scope: Scope, queries: Queries): Value {
  const use: Use = text(node.type) === 'WINDOW_AGGREGATE' ? 'aggregation' : 'transformation'
  const all = (inner: readonly unknown[], as: Use) =>
    inner.map(each => used(valueIn(each, scope, queries), as))
  const orders = [...ordersOf(node), ...trees(trees(node.arg_orders).map(({ expression }) => expression))]
  const frame = [node.start_expr, node.end_expr, node.offset_expr]
  return together(
    ...all([...trees(node.children), node.default_expr], use),
    ...all([...trees(node.partitions), ...orders, ...frame], 'window'),
    ...all([node.filter_expr, node.filter], 'condition'),
  )
}

function subqueryValue(node: Tree, scope: Scope, queries: Queries): Value {
  const { columns, rows, open } = queries.subquery(tree(node.subquery)?.node, scope)
  const values = columns.map(({ value }) => value)
  const child = used(valueIn(node.child, scope, queries), 'transformation')
  if (/EXISTS/.test(text(node.subquery_type))) return rows
  const answer = together(...values)
  const isAlone = text(node.subquery_type) === 'SCALAR'
  const all = together(isAlone ? answer : used(answer, 'transformation'), child, rows)
  return open ? { ...all, complete: false } : all
}

function starValue({ from }: Scope): Value {
  const all = used(together(...from.columns.map(({ value }) => value)), 'transformation')
  return from.open ? { ...all, complete: false } : all
}
