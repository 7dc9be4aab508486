import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { sqliteStore } from './sqlite-store.ts'

it('answers each of many reads that are asked for at once, also where one of them cannot be', async t => {
  const path = await mkdtemp(join(tmpdir(), 'reads-'))
  const store = sqliteStore({ path })
  t.after(async () => {
    await store.close()
    await rm(path, { recursive: true })
  })
  const { token } = await store.claim('test')
  const keys = Array.from({ length: 300 }, (_, n) => `${n}`)
  const events = [{ type: 'made', data: null, at: 1 }]
  await store.append(
    keys.map(key => ({ kind: 'thing', key, version: 0, events })),
    token,
  )
  const asked = keys.map(key => (key === '7' ? (undefined as never) : key))
  const found = await Promise.allSettled(asked.map(key => store.read.streams.head({ kind: 'thing', key })))
  const answers = found.map(each => (each.status === 'fulfilled' ? each.value?.key : each.reason.name))
  assert.deepEqual(answers, keys.with(7, 'TypeError'))
})

it('answers what is asked for at once in its order, and what is asked for by an answer', async t => {
  const path = await mkdtemp(join(tmpdir(), 'reads-'))
  const store = sqliteStore({ path })
  t.after(async () => {
    await store.close()
    await rm(path, { recursive: true })
  })
  await store.claim('test')
  const order: string[] = []
  const ask = (name: string) => store.read.position(name).then(() => order.push(name))
  await Promise.all([ask('a').then(() => ask('c')), ask('b')])
  assert.deepEqual(order, ['a', 'b', 'c'])
})

it('rejects what is asked for of a store that has been closed', async t => {
  const path = await mkdtemp(join(tmpdir(), 'reads-'))
  t.after(() => rm(path, { recursive: true }))
  const store = sqliteStore({ path })
  await store.claim('test')
  const late = Promise.allSettled([store.read.position('a'), store.read.position('b')])
  await store.close()
  await assert.rejects(store.read.position('c'))
  await late
})
