import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveFeed } from '../../src/server/live/live-feed.ts'
import type { Actor } from '../../src/server/people/permissions.ts'
import { controlScene, until } from './control-scene.ts'

interface Told {
  readonly id: string
  readonly event: string
  readonly items: readonly { readonly topic: string; readonly key: string; readonly value: never }[]
}

const everybody: Actor = { name: 'ann', grants: [{ role: 'viewer' }], by: 'session' }

function parsed(text: string): Told[] {
  return text
    .split('\n\n')
    .filter(block => block.includes('data: '))
    .map(block => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      return { id: field('id'), event: field('event'), items: JSON.parse(field('data')).items }
    })
}

/** Listens in this process. */
class Ear {
  told: Told[] = []
  isEnded = false
  isAlive = true
  /** Takes no more than so many. */
  patience = Number.POSITIVE_INFINITY
  readonly listener
  readonly #feed: LiveFeed

  constructor(feed: LiveFeed, cursor?: string, actor = everybody) {
    this.#feed = feed
    this.listener = {
      actor,
      cursor,
      alive: () => this.isAlive,
      write: (text: string) => {
        this.told.push(...parsed(text))
        return this.told.length < this.patience
      },
      end: () => {
        this.isEnded = true
      },
    }
  }

  async listen(): Promise<this> {
    assert.ok(await this.#feed.listen(this.listener))
    return this
  }
}

test('in a thousand forced drops nothing is lost and nothing is told twice', async t => {
  const feed = new LiveFeed()
  t.after(() => feed.close())
  const seen: number[] = []
  let cursor = (await new Ear(feed).listen()).told[0]?.id
  let n = 0
  const change = () => {
    feed.put('counter', 'one', { n: ++n })
    feed.tell()
  }
  for (let drop = 0; drop < 1_000; drop++) {
    for (let away = drop % 7; away > 0; away--) change()
    const ear = await new Ear(feed, cursor).listen()
    for (let here = drop % 5; here > 0; here--) change()
    feed.leave(ear.listener)
    assert.ok(ear.told.every(({ event }) => event === 'change'))
    seen.push(...ear.told.flatMap(({ items }) => items.map(({ value }) => (value as { n: number }).n)))
    cursor = ear.told.at(-1)?.id ?? cursor
  }
  assert.ok(n > 4_000)
  const missed = (await new Ear(feed, cursor).listen()).told.flatMap(({ items }) =>
    items.map(({ value }) => (value as { n: number }).n),
  )
  assert.deepEqual(
    [...seen, ...missed],
    Array.from({ length: n }, (_, at) => at + 1),
  )
})

test('a cursor that is too old, of another process, of the future or no cursor gets everything anew', async t => {
  const feed = new LiveFeed()
  t.after(() => feed.close())
  feed.put('flows', 'a', { n: 0 })
  const first = (await new Ear(feed).listen()).told[0] as Told
  assert.deepEqual([first.event, first.items], ['reset', [{ topic: 'flows', key: 'a', value: { n: 0 } }]])
  for (let n = 1; n <= 2_100; n++) {
    feed.put('flows', 'a', { n })
    feed.tell()
  }
  for (const cursor of [first.id, 'abcdef01-3', first.id.replace(/\d+$/, '99999'), 'x', undefined]) {
    const [told, ...more] = (await new Ear(feed, cursor).listen()).told
    assert.deepEqual(
      [told?.event, told?.items, more],
      ['reset', [{ topic: 'flows', key: 'a', value: { n: 2_100 } }], []],
    )
  }
})

test('what comes to the same is not told, and many changes of one thing are told as one', async t => {
  const feed = new LiveFeed()
  t.after(() => feed.close())
  const ear = await new Ear(feed).listen()
  for (let n = 0; n < 100; n++) feed.put('flows', 'a', { n })
  feed.tell()
  feed.put('flows', 'a', { n: 99 })
  feed.tell()
  feed.put('flows', 'a', undefined)
  feed.tell()
  const values = ear.told.slice(1).map(({ items }) => items.map(({ value }) => value as unknown))
  assert.deepEqual(values, [[{ n: 99 }], [null]])
  assert.deepEqual((await new Ear(feed).listen()).told[0]?.items, [])
})

test('who may see some flows only is told of these, and who is no longer known is cut', async t => {
  const feed = new LiveFeed()
  t.after(() => feed.close())
  const scoped: Actor = { ...everybody, grants: [{ role: 'viewer', scope: { flows: ['mes-*'] } }] }
  const ear = await new Ear(feed, undefined, scoped).listen()
  feed.put('flows', 'mes-orders', { n: 1 }, { flows: ['mes-orders'] })
  feed.put('flows', 'payroll', { n: 1 }, { flows: ['payroll'] })
  feed.put('batches', 'b', { n: 1 }, { flows: ['mes-orders', 'payroll'] })
  feed.tell()
  assert.deepEqual(
    ear.told.flatMap(({ items }) => items.map(({ key }) => key)),
    ['mes-orders'],
  )
  const anew = await new Ear(feed, undefined, scoped).listen()
  assert.deepEqual(
    anew.told[0]?.items.map(({ key }) => key),
    ['mes-orders'],
  )
})

test('who is too slow is cut, and nothing is kept for them', async t => {
  const feed = new LiveFeed()
  t.after(() => feed.close())
  const ear = new Ear(feed)
  ear.patience = 3
  await ear.listen()
  for (let n = 0; n < 10; n++) {
    feed.put('flows', 'a', { n })
    feed.tell()
  }
  assert.deepEqual([ear.isEnded, ear.told.length, feed.listeners], [true, 3, 0])
})

test('the stream of an instance tells of flows, goes on from a cursor, and ends with the instance', async t => {
  const scene = await controlScene(t)
  const aborting = new AbortController()
  const { url, token } = scene.instance.control
  const open = (headers: Record<string, string> = {}) =>
    fetch(`${url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: aborting.signal,
    })
  const response = await open()
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body as ReadableStream<Uint8Array>)
      text += Buffer.from(chunk).toString()
  })()
  await until(() => text.includes('event: reset'))
  await scene.accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await until(() =>
    parsed(text).some(({ items }) =>
      items.some(({ topic, value }) => topic === 'flows' && (value as { parked: number }).parked === 1),
    ),
  )
  const cursor = parsed(text)[0]?.id ?? ''
  const again = await open({ 'last-event-id': cursor })
  const reader = (again.body as ReadableStream<Uint8Array>).getReader()
  let resumed = ''
  while (!resumed.includes('event:')) resumed += Buffer.from((await reader.read()).value ?? []).toString()
  assert.equal(parsed(resumed)[0]?.event, 'change')
  await scene.instance.stop(1_000)
  await reading
})
