import { type Queries, valueIn } from './expression.ts'
import type { Scope } from './scope.ts'
import { type Tree, tree, trees } from './tree.ts'
import { type ColumnId, sourcesOf, type Value } from './value.ts'

type Pairs = readonly (readonly [ColumnId, ColumnId])[]

/** What a condition demands to be the same: `a.x = b.y and a.z = b.z`, of columns that are handed on as they are. */
export function equalities(condition: unknown, scope: Scope, queries: Queries): Pairs {
  const node = tree(condition)
  if (node?.type === 'CONJUNCTION_AND')
    return trees(node.children).flatMap(each => equalities(each, scope, queries))
  if (node?.type !== 'COMPARE_EQUAL') return []
  const [left, right] = [tree(node.left), tree(node.right)]
  if (!isColumn(left) || !isColumn(right)) return []
  return pairOf(valueIn(left, scope, queries), valueIn(right, scope, queries))
}

/** Of two values that are the same: one pair if each is one column. */
export function pairOf(one: Value, other: Value): Pairs {
  const [left, right] = [onlyColumn(one), onlyColumn(other)]
  return left && right ? [[left, right]] : []
}

function onlyColumn(value: Value): ColumnId | undefined {
  const [source, another] = sourcesOf(value)
  if (!source || another || !value.complete || source.uses.join() !== 'identity') return undefined
  return { table: source.table, column: source.column }
}

function isColumn(node: Tree | undefined): boolean {
  return node?.class === 'COLUMN_REF'
}
