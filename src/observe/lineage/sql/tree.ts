/** A node of a query as DuckDB's `json_serialize_sql` tells it. What is absent has its default. */
export type Tree = Readonly<Record<string, unknown>>

export function tree(value: unknown): Tree | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : undefined
}

export function trees(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.map(tree).filter(each => each !== undefined) : []
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : []
}

/** Whether a node or one within it, but not within a subquery, is so. */
export function holds(node: unknown, is: (node: Tree) => boolean): boolean {
  if (Array.isArray(node)) return node.some(each => holds(each, is))
  const one = tree(node)
  if (!one) return false
  return is(one) || (one.class !== 'SUBQUERY' && Object.values(one).some(each => holds(each, is)))
}

/** A whole number that stands for the place of a column: `order by 2`. */
export function placeIn(node: Tree): number | undefined {
  const { type, value } = (tree(node.value) ?? {}) as { type?: { id?: string }; value?: unknown }
  return node.class === 'CONSTANT' && typeof value === 'number' && /INT/.test(type?.id ?? '')
    ? value
    : undefined
}
