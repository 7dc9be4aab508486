import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { messages } from '../../src/testing/store-suite/fixture.ts'
import { Scene } from './fixture.ts'

test('a store is moved with the keys beside it, once, and where it went is told', async t => {
  const scene = new Scene(t)
  const owner = sqliteStore({ path: scene.data })
  await owner.claim('test')
  await owner.accept(messages(3))
  writeFileSync(join(scene.data, 'people.key'), 'a key')
  const there = join(scene.folder, 'there')
  const [from, to] = [`sqlite://${scene.data}`, `sqlite://${there}`]

  const running = await scene.run(['store', 'copy', from, to])
  assert.equal(running.code, 4)
  assert.match(running.err, /STORE-IN-USE/)
  await owner.close()
  const moved = await scene.run(['store', 'copy', from, to])
  assert.equal(moved.code, 0, moved.err)
  assert.match(moved.out, /orders: messages +3 /)
  assert.match(moved.out, /balanced on both sides.*3 messages/)
  assert.match(moved.out, /Start it with ISTHMUS_DATA=.*there.*\n.*people\.key/)
  assert.ok(existsSync(join(there, 'people.key')))

  const again = await scene.run(['store', 'copy', from, `sqlite://${scene.folder}/third`])
  assert.match(again.err, /was moved to .*there.*STORE-MOVED/)
})

test('what cannot be copied is told, and the password of a URL is not', async t => {
  const scene = new Scene(t)
  const here = `sqlite://${scene.data}`
  for (const [args, problem] of [
    [[here, 'mysql://user:canary@host/x'], /names no store/],
    [[here, 'sqlite:///nowhere/data', '--partitions', '0'], /--partitions is a number from 1 to 1024/],
    [[here, `${here}-2`], /There is no store in/],
  ] as const) {
    const { code, err } = await scene.run(['store', 'copy', ...args])
    assert.equal(code, 2, err)
    assert.match(err, problem)
    assert.doesNotMatch(err, /canary/)
  }
})
