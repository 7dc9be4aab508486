import assert from 'node:assert/strict'
import { test } from 'node:test'
import { landscapeFields } from '../../../src/cli/shared/field-graph.ts'
import { type FieldTree, fieldTrees } from '../../../src/observe/lineage/field-tree.ts'
import landscape from '../landscape.ts'
import { nightly } from './nightly.ts'

/** What the engine makes, and not the systems. */
const made = ['valid_from', 'valid_until', 'is_current']
test('each column of the warehouse leads back to fields of systems', async () => {
  const graph = await landscapeFields(landscape)
  const columns = nightly.tables.flatMap(({ system, name, columns }) =>
    columns.map(column => ({ place: `${system}.${name}`, field: column.name })),
  )
  const wrong = columns.flatMap(column => {
    const name = `${column.place.slice('dw.'.length)}.${column.field}`
    if (made.includes(column.field)) return []
    const leaves = fieldTrees(graph, [column], 'up', Number.POSITIVE_INFINITY).flatMap(leavesOf)
    const unknown = leaves.filter(({ unknown }) => unknown !== undefined)
    const isFromSystem = leaves.some(({ end }) => end === 'system')
    if (unknown.length === 0 && isFromSystem) return []
    return [
      `${name}: ${unknown.map(leaf => `${leaf.place}.${leaf.field} ${leaf.unknown}`).join('; ') || 'of no system'}`,
    ]
  })
  assert.deepEqual(wrong, [])
  assert.ok(columns.length > 100, String(columns.length))
})

function leavesOf(tree: FieldTree): FieldTree[] {
  const here = tree.children.length === 0 || tree.unknown !== undefined ? [tree] : []
  return [...here, ...tree.children.flatMap(leavesOf)]
}
