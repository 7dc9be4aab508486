import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fetchedKafka, type PrivateKafka, startPrivateKafka } from '../../scripts/servers/kafka.ts'
import type { Role } from '../../src/store/members.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { until } from './kafka-engine.ts'
import { withoutKafka } from './kafka-harness.ts'
import { startSqlProxy } from './sql-proxy.ts'
import { newTopic } from './transport-harness.ts'
import type { MemberStart, Order, Told } from './transport-member.ts'

/** `npm run soak -- kafka` takes its time. */
const isSoak = process.env.ISTHMUS_SOAK_KAFKA === '1'
const rounds = isSoak ? 10 : 1
const options = { timeout: isSoak ? 1_800_000 : 600_000 }
const partitions = 6
const keys = 30
/** Milliseconds: a machine that is busy must not make members believe one another dead all the time. */
const lease = 4_000

/** A member in a process of its own, that is started again whenever it ends by itself. */
class Supervised {
  readonly #start: MemberStart
  readonly #onEffect: (told: Extract<Told, { effect: string }>) => void
  readonly #waiting = new Map<number, (ok: boolean) => void>()
  #child: ChildProcess
  #ready = Promise.withResolvers<void>()
  #stopped = false
  restarts = 0

  constructor(start: MemberStart, onEffect: (told: Extract<Told, { effect: string }>) => void) {
    this.#start = start
    this.#onEffect = onEffect
    this.#child = this.#fork()
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  #fork(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'transport-member.ts'), [JSON.stringify(this.#start)])
    child.on('message', (told: Told) => {
      if ('ready' in told) this.#ready.resolve()
      else if ('effect' in told) this.#onEffect(told)
      else this.#answer(told.accepted, told.ok)
    })
    child.on('exit', () => {
      for (const n of [...this.#waiting.keys()]) this.#answer(n, false)
      if (this.#stopped) return
      this.restarts++
      this.#ready = Promise.withResolvers()
      this.#child = this.#fork()
    })
    return child
  }

  #answer(n: number, ok: boolean): void {
    this.#waiting.get(n)?.(ok)
    this.#waiting.delete(n)
  }

  /** False if it refused, or ended before it answered. */
  async accept(n: number, key: string): Promise<boolean> {
    await this.ready
    return await new Promise(resolve => {
      this.#waiting.set(n, resolve)
      const order: Order = { accept: n, key }
      this.#child.send(order, error => {
        if (error) this.#answer(n, false)
      })
    })
  }

  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

describe('members behind a transport', { skip: withoutKafka || withoutPostgres, ...options }, () => {
  let cluster: PrivateKafka
  const schema = freshSchema()
  const topic = newTopic()
  const members: Supervised[] = []
  const effects = new Map<number, Set<string>>()
  const order = new Map<string, number[]>()
  let brokers = ''
  let restarted: Promise<void> | undefined
  let url = testUrl

  before(async () => {
    cluster = await startPrivateKafka(await fetchedKafka(), 3)
    brokers = cluster.url.replace('kafka://', '')
  })
  after(async () => {
    await restarted
    await Promise.all(members.map(member => member.stop()))
    await cluster?.stop()
    await dropSchema(schema)
  })

  const started = (...roles: Role[]): Supervised => {
    const start = { brokers, topic, url, schema, roles, partitions, lease }
    const member = new Supervised(start, ({ effect, n, key }) => {
      const known = effects.get(n) ?? new Set()
      if (known.size === 0) order.set(key, [...(order.get(key) ?? []), n])
      effects.set(n, known.add(effect))
    })
    members.push(member)
    return member
  }

  /** Sends the next messages of all keys, those of one key one after another, each until it is accepted. */
  let sent = 0
  const send = async (intakes: readonly Supervised[], each: number): Promise<void> => {
    const first = sent
    sent += each * keys
    await Promise.all(
      Array.from({ length: keys }, async (_, key) => {
        for (let round = 0; round < each; round++) {
          const n = first + round * keys + key + 1
          for (let tries = 0; ; tries++) {
            const intake = intakes[(n + tries) % intakes.length] as Supervised
            if (await intake.accept(n, `key-${key}`)) break
            await new Promise(resolve => setTimeout(resolve, 50))
          }
        }
      }),
    )
  }
  const state = () =>
    `${effects.size} of ${sent}, started again: ${members.map(({ restarts }) => restarts).join(' ')}`
  const allDone = () => until(() => effects.size === sent, state, 300_000)

  it('loses and doubles nothing, and keeps the order of keys, whoever is killed', options, async t => {
    const proxy = await startSqlProxy(testUrl)
    t.after(() => proxy.close())
    const workers = [started('worker'), started('worker')]
    url = proxy.url
    const intakes = [started('intake'), started('intake')]
    await Promise.all(members.map(({ ready }) => ready))
    await send(intakes, 20)
    await allDone()

    for (let round = 0; round < rounds; round++) {
      let sending = send(intakes, 40)
      await until(() => effects.size > sent - keys * 30, state)
      intakes[round % 2]?.kill('SIGKILL')
      workers[round % 2]?.kill('SIGKILL')
      await sending
      await allDone()

      sending = send(intakes, 40)
      const broker = cluster.brokers[(round + 1) % 3]
      await broker?.kill()
      workers[1]?.kill('SIGSTOP')
      await sending
      await allDone()
      workers[1]?.kill('SIGCONT')
      restarted = broker?.restart()
      if (isSoak) await restarted

      proxy.set('down')
      await send(intakes, 20)
      proxy.set('open')
      await send(intakes, 20)
      await allDone()
    }

    for (const numbers of order.values())
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    for (const keysOfEffect of effects.values()) assert.equal(keysOfEffect.size, 1)
    const store = postgresStore({ url: testUrl, schema })
    assert.deepEqual(await store.read.heads(), [{ flow: 'counting', head: sent }])
    await store.close()
  })
})
