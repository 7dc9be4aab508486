import { type Queries, valueIn } from './expression.ts'
import { type Column, lower, type Scope } from './scope.ts'
import { holds, type Tree, text, texts, tree, trees } from './tree.ts'
import { used } from './value.ts'

type Selected = { readonly columns: readonly Column[]; readonly open: boolean }

/** The columns that one item behind `select` gives. */
export function selectedColumns(item: Tree, scope: Scope, queries: Queries): Selected {
  if (item.class === 'STAR') return starColumns(item, scope, queries)
  const value = valueIn(item, scope, queries)
  const isSeveral = holds(item, ({ class: kind, columns }) => kind === 'STAR' && columns === true)
  const isTaken = text(item.function_name) === 'unnest' && !item.alias
  if (isSeveral) queries.unknown('columns(...) in an expression is not followed')
  if (isSeveral) return { columns: [], open: true }
  return { columns: [{ name: nameOf(item), value }], open: isTaken }
}

function nameOf(item: Tree): string {
  const { alias, column_names, function_name } = item
  return text(alias) || texts(column_names).at(-1) || text(function_name) || text(item.type).toLowerCase()
}

function starColumns(star: Tree, scope: Scope, queries: Queries): Selected {
  const relation = lower(text(star.relation_name))
  const { from } = scope
  const one = relation === '' ? from : from.relations.find(({ name }) => lower(name) === relation)
  if (!one || star.expr !== undefined) {
    queries.unknown(one ? 'columns(...) with a condition is not followed' : `${relation}.* is not followed`)
    return { columns: [], open: true }
  }
  if (one.open) queries.unknown('the columns behind * are not known')
  const columns = one.columns
    .filter(({ name }) => !isLeftOut(star, name))
    .map(({ name, value }) => {
      const replaced = trees(star.replace_list).find(({ key }) => lower(text(key)) === lower(name))
      const other = replaced ? used(valueIn(replaced.value, scope, queries), 'transformation') : value
      return { name: newName(star, name), value: other }
    })
  return { columns, open: one.open }
}

function isLeftOut(star: Tree, name: string): boolean {
  const qualified = trees(star.qualified_exclude_list).map(({ column }) => text(column))
  return [...texts(star.exclude_list), ...qualified].some(each => lower(each) === lower(name))
}

function newName(star: Tree, name: string): string {
  const found = trees(star.rename_list).find(({ key }) => lower(text(tree(key)?.column)) === lower(name))
  return found ? text(found.value) : name
}
