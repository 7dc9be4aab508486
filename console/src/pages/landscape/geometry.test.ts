import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alongOf, curveOf, islandHeight, islandWidth, labelled, lanesOf, planOf } from './geometry.ts'
import type { Bridge, Island } from './state.ts'

const island = (name: string, column: number, row: number) =>
  ({ island: name, place: { column, row } }) as Island
const bridge = (from: string, to: string) => ({ bridge: `${from}>${to}`, from, to }) as Bridge

test('islands never overlap, however narrow the window', () => {
  const islands = [0, 1, 2, 3].flatMap(column =>
    [0, 1, 2].map(row => island(`${column}.${row}`, column, row)),
  )
  for (const width of [100, 700, 2000]) {
    const places = [...planOf(islands, { width, height: width / 2 }).places.values()]
    for (const [index, a] of places.entries())
      for (const b of places.slice(index + 1))
        assert.ok(Math.abs(a.x - b.x) >= islandWidth || Math.abs(a.y - b.y) >= islandHeight)
  }
})

test('a bridge begins and ends at the shores, and its twins take lanes of their own', () => {
  const plan = planOf([island('a', 0, 0), island('b', 3, 2)], { width: 900, height: 500 })
  const [first, second] = lanesOf([bridge('a', 'b'), bridge('a', 'b')]).map(([each, lane]) =>
    curveOf(plan, each, lane),
  )
  assert.ok(first && second)
  assert.notDeepEqual(first.bend, second.bend)
  assert.deepEqual(alongOf(first, 0), first.from)
  assert.deepEqual(alongOf(first, 1), first.to)
  const middle = plan.places.get('a')
  assert.ok(middle && Math.hypot(first.from.x - middle.x, first.from.y - middle.y) >= islandHeight / 2)
  assert.equal(curveOf(plan, bridge('a', 'a'), 0), undefined)
})

test('labels cover neither islands nor each other, and are left out where they would', () => {
  const plan = planOf([island('a', 0, 0), island('b', 4, 0), island('c', 2, 0)], { width: 900, height: 300 })
  const curve = curveOf(plan, bridge('a', 'b'), 0)
  assert.ok(curve)
  const label = { width: 120, height: 24 }
  const placed = labelled([{ curve }, { curve }, { curve }, { curve }, { curve }, { curve }], plan, label)
  assert.ok(placed.length > 0 && placed.length < 6)
  for (const [index, [, at]] of placed.entries()) {
    for (const place of plan.places.values())
      assert.ok(Math.abs(place.x - at.x) >= islandWidth / 2 || Math.abs(place.y - at.y) >= islandHeight / 2)
    for (const [, other] of placed.slice(index + 1))
      assert.ok(Math.abs(other.x - at.x) >= label.width || Math.abs(other.y - at.y) >= label.height)
  }
})
