import { isObject } from './answer.ts'

export interface ConnectionPage {
  readonly records: readonly unknown[]
  readonly more: boolean
  readonly end: string | undefined
}

/** Source: GraphQL Cursor Connections. Nulls among the nodes stand for what we may not see. Undefined for no connection. */
export function readConnection(value: unknown): ConnectionPage | undefined {
  if (!isObject(value) || !isObject(value.pageInfo)) return undefined
  const { hasNextPage, endCursor } = value.pageInfo
  const edges = readRecords(value.edges)?.map(edge => (isObject(edge) ? edge.node : undefined))
  const nodes = readRecords(value.nodes) ?? edges
  if (!nodes || typeof hasNextPage !== 'boolean') return undefined
  return {
    records: nodes.filter(node => node !== null && node !== undefined),
    more: hasNextPage,
    end: typeof endCursor === 'string' || typeof endCursor === 'number' ? String(endCursor) : undefined,
  }
}

/** Undefined for what is no list. */
export function readRecords(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}
