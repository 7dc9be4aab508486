import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from './commands.ts'

test('each command is found by its own name', async () => {
  const names = await Promise.all(Object.values(commands).map(async load => (await load()).name))
  assert.deepEqual(names, Object.keys(commands))
})
