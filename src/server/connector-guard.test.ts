import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { landscape } from '../flow/landscape.ts'
import type { SourceChannel } from '../index.ts'
import { Redactor } from '../observe/redactor.ts'
import type { Connection, Connector } from '../system/connector.ts'
import type { Intake, Participant, Sink, Vote } from '../system/roles.ts'
import { currentSystem, guardLandscape } from './connector-guard.ts'

/** What `currentSystem` was at each place that the test's connector and its surroundings passed. */
const seen: Record<string, string | undefined> = {}

class WithPrivates implements Sink {
  readonly #answers = [{ ok: false as const, error: new Error('refused for hunter22') }]
  readonly batch = 7

  async write() {
    await delay(1)
    seen.write = currentSystem()
    return this.#answers
  }
}

class PrivateVoter implements Participant {
  readonly #secret = 'hunter22'

  async prepare(): Promise<Vote> {
    throw new Error(`no vote for ${this.#secret}`)
  }

  async end(): Promise<'committed' | 'rolled back'> {
    seen.end = currentSystem()
    return 'committed'
  }

  async prepared() {
    return [{ id: 'isth:a' }]
  }

  async unfit() {
    return ['a replica']
  }
}

async function guardedConnection(): Promise<{ connection: Connection; routed: () => Promise<unknown> }> {
  let routed = async (): Promise<unknown> => undefined
  const connector: Connector = {
    name: 'test',
    summary: {},
    channels: () => ({}),
    connect: async context => {
      seen.connect = currentSystem()
      const handle = async () => {
        seen.handle = currentSystem()
        throw new Error('a route with hunter22')
      }
      context.routes.add({ method: 'POST', path: '/', limit: 1, handle })
      return {
        source: () => ({
          run: async intake => {
            seen.run = currentSystem()
            await intake.accept([])
            seen.afterAccept = currentSystem()
          },
        }),
        sink: () => new WithPrivates(),
        participant: () => new PrivateVoter(),
        check: () => Promise.reject(new Error('no hunter22 here')),
        close: async () => {},
      }
    },
  }
  const redactor = new Redactor()
  redactor.add('hunter22')
  const systems = [{ name: 'erp', kind: 'erp' as const, connector, governance: {}, allow: [] }]
  const [system] = guardLandscape(
    { ...landscape({ name: 'l', systems: [], flows: [] }), systems },
    redactor,
  ).systems
  const routes = {
    add: (route: { handle(request: never): Promise<unknown> }) => {
      routed = () => route.handle(undefined as never)
      return () => {}
    },
  }
  const connection = await system?.connector.connect({ system: 'erp', routes } as never)
  return { connection: connection as Connection, routed: () => routed() }
}

test('code of a connector is known as its system, also after waiting; ours that it calls is not', async () => {
  const { connection, routed } = await guardedConnection()
  const intake = {
    accept: async () => {
      await delay(1)
      seen.accept = currentSystem()
      return []
    },
    position: async () => undefined,
  } as Intake
  await connection.source?.({} as SourceChannel<unknown>).run(intake, new AbortController().signal)
  await connection.sink?.({} as never).write([], new AbortController().signal)
  await assert.rejects(routed())
  const erp = 'erp'
  assert.deepEqual(seen, {
    connect: erp,
    run: erp,
    accept: undefined,
    afterAccept: erp,
    write: erp,
    handle: erp,
  })
  assert.equal(currentSystem(), undefined)
})

test('errors leave a connector without secrets, whether thrown or answered; roles keep what they declare', async () => {
  const { connection, routed } = await guardedConnection()
  await assert.rejects(connection.check(), /no \[secret\] here/)
  await assert.rejects(routed(), /a route with \[secret\]/)
  const sink = connection.sink?.({} as never) as Sink
  const [answer] = await sink.write([], new AbortController().signal)
  assert.equal(answer && !answer.ok && (answer.error as Error).message, 'refused for [secret]')
  assert.deepEqual([sink.batch, sink.concurrency, sink.probe], [7, undefined, undefined])
})

test('what votes in transactions is fenced in too, and keeps its voice', async () => {
  const { connection } = await guardedConnection()
  const voter = connection.participant?.() as Participant
  await assert.rejects(voter.prepare({} as never, new AbortController().signal), /no vote for \[secret\]/)
  assert.equal(await voter.end('isth:a', 'commit'), 'committed')
  assert.equal(seen.end, 'erp')
  assert.deepEqual([await voter.prepared(''), await voter.unfit()], [[{ id: 'isth:a' }], ['a replica']])
})

test('a warehouse keeps secrets out of its errors, and takes its rows from where they are', async () => {
  const redactor = new Redactor()
  redactor.add('hunter22')
  const places: (string | undefined)[] = []
  const connector: Connector = {
    name: 'fake',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      check: async () => {},
      close: async () => {},
      warehouse: () => ({
        dialect: { product: 'fake', keepsZero: true, type: () => 'text' },
        run: async () => {
          throw new Error('no way in for hunter22')
        },
        async append(_table, _columns, batches) {
          for await (const _ of batches) places.push(currentSystem())
          return 1
        },
        async *query() {
          places.push(currentSystem())
          yield [{ n: 1 }]
          throw new Error('lost hunter22')
        },
      }),
    }),
  }
  const dw = { name: 'dw', kind: 'warehouse', connector, governance: {}, allow: [] } as const
  const guarded = guardLandscape(landscape({ name: 'fake', flows: [], systems: [dw as never] }), redactor)
  const connection = await guarded.systems[0]?.connector.connect({} as never)
  const warehouse = connection?.warehouse?.()
  assert.ok(warehouse)
  const { signal } = new AbortController()
  await assert.rejects(warehouse.run([], signal), /no way in for \[secret\]/)
  const batches = (async function* () {
    places.push(currentSystem())
    yield [[1]]
  })()
  assert.equal(await warehouse.append('t', [], batches, signal), 1)
  await assert.rejects(Array.fromAsync(warehouse.query('select', signal)), /lost \[secret\]/)
  assert.deepEqual(places, [undefined, 'dw', 'dw'])
})
