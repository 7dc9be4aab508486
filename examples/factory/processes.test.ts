import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takePorts } from './processes.ts'

test('whoever takes ports at the same time has ports of their own', async () => {
  const wanted = { one: 14_800, other: 14_801 }
  const all = await Promise.all(Array.from({ length: 5 }, () => takePorts(wanted)))
  const taken = all.flatMap(ports => Object.values(ports))
  assert.equal(new Set(taken).size, 10, taken.join())
})
