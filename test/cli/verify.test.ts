import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { NewMessage } from '../../src/store/store.ts'
import { ordersLandscape, Scene } from './fixture.ts'

function order(key: string): NewMessage {
  const head = { source: 's.orders', type: 'Order.v1', time: 0, contentType: 'raw' }
  return {
    flows: [{ flow: 'booking', partition: 0, key }],
    id: key,
    head,
    body: Buffer.from('{}'),
    acceptedAt: 0,
  }
}

test('a message that nothing is said of ends verify with 3, and its key is listed', async t => {
  const scene = new Scene(t)
  const store = sqliteStore({ path: scene.data })
  const { token } = await store.claim('test')
  await store.accept(['A', 'B', 'C'].map(order))
  const done = { seq: 1, outcome: 'delivered', at: 0, attempts: 1 } as const
  // A flow that passes the second message without a word: what a defect of the engine would look like.
  await store.settle({ flow: 'booking', partition: 0, token, cursor: 2, settled: [done], unfinished: [] })
  await store.close()

  const json = await scene.run(['verify', '--json'])
  assert.equal(json.code, 3)
  const { balanced, flows } = JSON.parse(json.out)
  assert.equal(balanced, false)
  assert.deepEqual(
    flows[0].broken.map(({ seq, key }: Record<string, unknown>) => [seq, key]),
    [[2, 'B']],
  )
  const text = await scene.run(['verify'])
  assert.equal(text.code, 3)
  assert.match(text.out, /booking\/2 \(B\): the flow has passed it/)
  assert.match(text.out, /not balanced/)
})

test('nothing to verify is not a proof: an empty directory is wrong usage', async t => {
  const { code, err } = await new Scene(t).run(['verify', '--data', 'nowhere'])
  assert.equal(code, 2)
  assert.match(err, /There is no store in .*nowhere/)
})

test('a damaged store ends with 5, one of a newer version with 6', async t => {
  const scene = new Scene(t)
  const store = sqliteStore({ path: scene.data })
  await store.claim('test')
  await store.accept([order('A')])
  await store.close()
  const file = join(scene.data, 'journal.db')
  const change = (sql: string) => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
  change(`update journal set data = x'00'`)
  const damaged = await scene.run(['verify'])
  assert.equal(damaged.code, 5)
  assert.match(damaged.out, /✖ .*table journal, flow booking, message 1: .*\n.*✖ damaged/s)
  change('pragma user_version = 9999')
  const newer = await scene.run(['verify'])
  assert.deepEqual([newer.code, /STORE-VERSION/.test(newer.err)], [6, true])
})

test('damage where no count would meet it is found, beside a running instance too', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ A1: 'ok' })
  await scene.ended(1)
  const sound = await scene.run(['verify', '--json'])
  assert.deepEqual([sound.code, JSON.parse(sound.out).damage], [0, []])
  const db = new DatabaseSync(join(scene.data, 'journal.db'))
  db.exec('update identities set crc = crc + 1')
  db.close()
  const online = await scene.run(['verify', '--json'])
  const { balanced, damage } = JSON.parse(online.out)
  assert.deepEqual([online.code, balanced, damage.length], [5, false, 1])
  assert.match(damage[0], /table identities/)
  await running.stop()
  assert.equal((await scene.run(['verify'])).code, 5)
})

test('a flow without a message is shown with zeros', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  await running.stop()
  const { code, out } = await scene.run(['verify', ordersLandscape])
  assert.equal(code, 0, out)
  assert.match(out, /FLOW +ACCEPTED/)
  assert.match(out, /booking +0 +0 +0 +0 +0 +0/)
})
