import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { rest } from '../../src/connectors/rest/index.ts'
import { rpc } from '../../src/connectors/rpc/index.ts'
import { verify } from '../../src/engine/verify.ts'
import {
  irreversible,
  model,
  type RequesterChannel,
  type System,
  saga,
  system,
  Type,
} from '../../src/index.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { type Note, NoteModel, note, startPost, until } from '../guarantees/harness.ts'

const Booking = model('Booking', { version: 1, schema: Type.Object({ no: Type.Integer() }) })

/** How a call is lost: before anything was done, or after it. */
type Loss = 'before' | 'after'

/**
 * A ledger that books each time it is asked to, by REST and by JSON-RPC, and can be asked by our key, by a reference of ours and by
 * the business key. The connection of its first booking breaks.
 */
class Ledger {
  readonly booked: { readonly no: number; readonly ref: string; readonly id: string }[] = []
  asked = 0
  url = ''
  readonly #loss: Loss
  #calls = 0

  constructor(loss: Loss) {
    this.#loss = loss
  }

  async open(t: TestContext): Promise<this> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://ledger')
      if (pathname === '/rpc') this.#procedure(body, response)
      else if (request.method === 'POST') this.#book(body.ref ?? '', body.id, response, booking => booking)
      else this.#found(response, searchParams.get('ref'), searchParams.get('id'))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return this
  }

  #procedure(
    { id, method, params }: { id: string; method: string; params: [string, string] },
    response: ServerResponse,
  ): void {
    const reply = (result: unknown) => ({ jsonrpc: '2.0', id, result })
    if (method === 'book') {
      this.#book(params[1], params[0], response, reply)
      return
    }
    this.asked++
    response.end(JSON.stringify(reply(this.booked.filter(booking => booking.id === params[0]))))
  }

  #book(
    ref: string,
    id: string,
    response: ServerResponse,
    reply: (booking: { no: number }) => unknown,
  ): void {
    const isLost = this.#calls++ === 0
    if (isLost && this.#loss === 'before') {
      response.destroy()
      return
    }
    const booking = { no: this.booked.length + 1, ref, id }
    this.booked.push(booking)
    if (isLost) response.destroy()
    else response.end(JSON.stringify(reply({ no: booking.no })))
  }

  #found(response: ServerResponse, ref: string | null, id: string | null): void {
    this.asked++
    const found = this.booked.find(booking => (ref === null ? booking.id === id : booking.ref === ref))
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? { no: found.no } : {}))
  }
}

type Book = RequesterChannel<Note, { no: number }>

const ways: Readonly<Record<string, (url: string) => { owner: System; book: Book }>> = {
  'by the effect key, over REST': url => {
    const owner = restOf(url)
    const book = owner.operation('book', {
      method: 'POST',
      path: '/bookings',
      request: NoteModel,
      response: Booking,
      body: ({ data, effectKey }) => ({ id: data.id, ref: effectKey }),
      effect: irreversible,
      probe: { path: () => '/bookings', query: ({ effectKey }) => ({ ref: effectKey }) },
    })
    return { owner, book }
  },
  'by an external reference, over REST': url => {
    const owner = restOf(url)
    const book = owner.operation('book', {
      method: 'POST',
      path: '/bookings',
      request: NoteModel,
      response: Booking,
      body: ({ data }) => ({ id: data.id, ref: `isthmus/${data.id}` }),
      effect: irreversible,
      probe: { path: () => '/bookings', query: ({ data }) => ({ ref: `isthmus/${data.id}` }) },
    })
    return { owner, book }
  },
  'by the business key, over JSON-RPC': url => {
    const owner = system('erp', {
      kind: 'erp',
      allow: ['loopback'],
      connector: rpc({ url: `${url}/rpc`, protocol: 'json' }),
    })
    const book = owner.call('book', {
      method: 'book',
      request: NoteModel,
      response: Booking,
      params: (data, { effectKey }) => [data.id, effectKey],
      effect: irreversible,
      probe: {
        method: 'search',
        params: data => [data.id],
        done: found => Array.isArray(found) && found.length > 0,
        result: found => ({ no: (found as { no: number }[])[0]?.no ?? 0 }),
      },
    })
    return { owner, book }
  },
}

function restOf(url: string) {
  return system('erp', { kind: 'erp', allow: ['loopback'], connector: rest({ url }) })
}

for (const [way, open] of Object.entries(ways))
  for (const loss of ['before', 'after'] as const) {
    test(`${way}: a flow whose answer was lost ${loss} it was done asks, and books once`, async t => {
      const ledger = await new Ledger(loss).open(t)
      const { owner, book } = open(ledger.url)
      const post = await startPost({
        systems: [owner],
        connectContext: ({ name }) => connectContext({ system: name }),
        build: start => start.key(({ to }) => to).enrich('booking', book, ({ id, to, n }) => ({ id, to, n })),
      })
      t.after(() => post.engine.stop())
      await post.intake.accept([note('a')])
      await until(async () => (await verify(post.store.read)).flows[0]?.delivered === 1)
      assert.deepEqual(
        ledger.booked.map(({ id }) => id),
        ['a'],
      )
      assert.equal(ledger.asked, 1)
      const [settled] = await post.store.read.settled({ flow: 'posting', from: 1, to: 1 })
      assert.deepEqual(settled?.results, { booking: { no: 1 } })
    })

    test(`${way}: a saga whose answer was lost ${loss} it was done asks, and books once`, async t => {
      const ledger = await new Ledger(loss).open(t)
      const { owner, book } = open(ledger.url)
      const booking = saga('booking', NoteModel).pivot('book', book, ({ input }) => input)
      const post = await startPost({
        systems: [owner],
        connectContext: ({ name }) => connectContext({ system: name }),
        build: start => start.key(({ to }) => to).to(booking),
      })
      t.after(() => post.engine.stop())
      await post.intake.accept([note('a')])
      const head = () => post.store.read.streams.head({ kind: 'saga/booking', key: 'a' })
      await until(async () => (await head())?.state === 'completed')
      assert.deepEqual(
        ledger.booked.map(({ id }) => id),
        ['a'],
      )
      assert.ok(ledger.asked > 0)
    })
  }
