import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
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
    { name: 'l', systems, flows: [], sagas: [], aggregates: [], projections: [], at: undefined },
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
