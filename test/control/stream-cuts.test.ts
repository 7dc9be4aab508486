import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { liveRoutes } from '../../src/server/control/live-routes.ts'
import type { ControlGround, ControlRequest, WiredAnswer } from '../../src/server/control/route.ts'
import { LiveFeed } from '../../src/server/live/live-feed.ts'
import type { Actor } from '../../src/server/people/permissions.ts'
import { startTcpProxy } from '../integration/tcp-proxy.ts'

const actor: Actor = { name: 'ann', grants: [{ role: 'viewer' }], by: 'session' }

/** The route of the stream over real sockets. */
async function served(t: TestContext, feed: LiveFeed): Promise<number> {
  const [stream] = liveRoutes
  const server = createServer(async (request, response) => {
    const lastEventId = request.headers['last-event-id'] as string | undefined
    const asked = { query: {}, actor, lastEventId, alive: () => true } as unknown as ControlRequest
    const answer = (await stream?.handle({ live: feed } as unknown as ControlGround, asked)) as WiredAnswer
    const events = answer.body as Readable
    response.on('close', () => events.destroy())
    events.pipe(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Reads as EventSource does: an event counts when the empty line behind it has come, and its id with it. */
class Reader {
  cursor: string | undefined
  readonly rows: number[] = []
  /** What it began with, each time that it was told everything. */
  readonly resets: (number | undefined)[] = []

  /** Until the connection breaks. */
  async listen(port: number): Promise<void> {
    const headers = this.cursor === undefined ? {} : { 'last-event-id': this.cursor }
    const request = get({ port, host: '127.0.0.1', agent: false, headers })
    request.on('error', () => {})
    const response = await Promise.race([
      once(request, 'response').then(([found]) => found as IncomingMessage),
      once(request, 'close').then(() => undefined),
    ]).catch(() => undefined)
    if (!response) return
    let text = ''
    response.setEncoding('utf8').on('data', chunk => {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    })
    response.on('error', () => {})
    if (!response.closed) await once(response, 'close').catch(() => {})
  }

  #take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    this.cursor = field('id') ?? this.cursor
    const { items = [] } = JSON.parse(field('data') ?? '{}') as { items?: { value: { n: number } }[] }
    if (field('event') === 'reset') this.resets.push(items.at(-1)?.value.n)
    if (field('event') === 'change') this.rows.push(...items.map(({ value }) => value.n))
  }
}

test('in a thousand cuts of a live connection, anywhere in what is sent, no row is lost and none is told twice', async t => {
  const feed = new LiveFeed()
  t.after(() => feed.close())
  const proxy = await startTcpProxy(await served(t, feed))
  t.after(() => proxy.close())
  let n = 0
  feed.put('counter', 'one', { n: 0 })
  feed.tell()
  const change = () => {
    feed.put('counter', 'one', { n: ++n, padding: 'x'.repeat(n % 90) })
    feed.tell()
  }
  const reader = new Reader()
  let isOver = false
  const tellOn = () => {
    if (isOver) return
    // Where connections take long it would fall behind so far that what it missed is kept no more.
    const seen = reader.rows.at(-1) ?? reader.resets.at(-1) ?? 0
    if (n < seen + 1_000) change()
    setTimeout(tellOn, 1)
  }
  // The first connection gets everything as it stands, and from there on what changes.
  proxy.cutAfter(2_000)
  const first = reader.listen(proxy.port)
  tellOn()
  await first
  for (let cuts = 1; cuts < 1_000; cuts++) {
    proxy.cutAfter(150 + ((cuts * 7919) % 1_500))
    await reader.listen(proxy.port)
  }
  isOver = true
  const last = reader.listen(proxy.port)
  while (reader.rows.at(-1) !== n) await new Promise(soon => setTimeout(soon, 5))
  proxy.cut()
  await last
  assert.equal(reader.resets.length, 1, 'only the first connection begins with everything')
  const [begun = 0] = reader.resets
  const expected = Array.from({ length: n - begun }, (_, at) => begun + 1 + at)
  assert.deepEqual(reader.rows, expected)
  assert.ok(n > 1_000)
})
