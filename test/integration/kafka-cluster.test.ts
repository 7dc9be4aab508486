import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fetchedKafka, type PrivateKafka, startPrivateKafka } from '../../scripts/servers/kafka.ts'
import { flow } from '../../src/index.ts'
import { Reading, startTestEngine, testEnds, until } from './kafka-engine.ts'
import { shopAt, type TestTopic, testTopic, withoutKafka } from './kafka-harness.ts'
import { readTopic } from './kafka-reader.ts'

/** `npm run soak -- kafka` takes its time. */
const isSoak = process.env.ISTHMUS_SOAK_KAFKA === '1'
const rounds = isSoak ? 10 : 3
const options = { timeout: isSoak ? 900_000 : 480_000 }

interface Told {
  readonly effectKey?: string
  readonly n: number
  readonly accept?: readonly { readonly id: string; readonly n: number }[]
}

/** A member of a group, in a process of its own, and the effects that it had. */
class Member {
  readonly effects: number[] = []
  readonly keys: string[] = []
  readonly #child: ChildProcess
  readonly #loaded = Promise.withResolvers<void>()

  /** With an engine and a store of its own; or with this inbox, in which the ids of all messages are known. */
  constructor(arguments_: readonly string[], inbox?: Map<string, number>) {
    const program = inbox ? 'kafka-inbox-member.ts' : 'kafka-member.ts'
    this.#child = fork(join(import.meta.dirname, program), arguments_)
    this.#child.once('message', () => this.#loaded.resolve())
    this.#child.on('message', ({ effectKey, n, accept }: Told) => {
      if (effectKey) {
        this.effects.push(n)
        this.keys.push(effectKey)
      }
      for (const { id, n } of accept ?? []) {
        if (!inbox?.has(id)) this.effects.push(n)
        inbox?.set(id, n)
      }
      if (accept) this.#child.send('accepted')
    })
  }

  /** An engine of its own waits until it is told to begin. */
  join(): void {
    this.#child.send('join')
  }

  /** Resolves when the program runs. */
  async loaded(): Promise<void> {
    await this.#loaded.promise
  }

  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGCONT')
    this.#child.send('stop')
    await ended
  }
}

/** However busy the machine is, nobody is believed dead who merely stands still. */
const longSession = '100s'

const readings = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const n = from + index
    const key = `key-${n % 30}`
    return { key, value: JSON.stringify({ n, key, text: 'x'.repeat(200) }) }
  })

describe('kafka with three brokers', { skip: withoutKafka }, () => {
  let cluster: PrivateKafka
  let brokers = ''
  const members: Member[] = []
  let topic: TestTopic

  before(async () => {
    cluster = await startPrivateKafka(await fetchedKafka(), 3)
    brokers = cluster.url.replace('kafka://', '')
  })
  after(() => cluster?.stop())

  const withTopic = async (work: () => Promise<void>) => {
    topic = await testTopic(brokers, { partitions: 6, replicas: 3 })
    try {
      await work()
    } finally {
      await Promise.all(members.splice(0).map(member => member.stop()))
      await topic.destroy()
    }
  }
  const joined = (group: string, inbox?: Map<string, number>, ...session: readonly string[]): Member => {
    const member = new Member([brokers, topic.name, group, ...session], inbox)
    members.push(member)
    if (!inbox) member.join()
    return member
  }
  /** A member that joins when it is told to, and then at once. */
  const loaded = async (group: string): Promise<Member> => {
    const member = new Member([brokers, topic.name, group, longSession])
    members.push(member)
    await member.loaded()
    return member
  }
  const all = () => members.flatMap(({ effects }) => effects)
  const numbers = () => new Set(all())
  const state = () => members.map(({ effects }) => effects.length).join(' + ')

  it(
    'loses and doubles nothing when a member stands still in the midst of a batch during rebalances',
    options,
    () =>
      withTopic(async () => {
        const group = `group-${topic.name}`
        const first = joined(group, undefined, longSession)
        let count = 0
        const put = async (many: number) => {
          for (let left = many; left > 0; left -= 500) {
            const from = count + 1
            count += Math.min(left, 500)
            await topic.put(readings(from, count))
          }
        }
        const isAllDone = () => numbers().size === count
        await put(500)
        await until(isAllDone, state)
        for (let round = 0; round < rounds; round++) {
          const second = await loaded(group)
          const putting = put(3000)
          const seen = all().length
          await until(() => all().length > seen + 100, state)
          first.freeze()
          second.join()
          await until(async () => (await topic.groupState(group)) === 'PreparingRebalance', state)
          first.thaw()
          await putting
          await until(isAllDone, state)
          // All that comes goes to both, once the second has its partitions.
          await until(async () => {
            await put(60)
            await new Promise(resolve => setTimeout(resolve, 200))
            return second.effects.length > 0
          }, state)
          // Its store goes with it, and with the store what it has accepted and not done yet.
          await until(isAllDone, state)
          await second.stop()
        }
        assert.equal(all().length, count, 'an effect was doubled')
      }),
  )

  const skip = !isSoak && 'it takes long: npm run soak -- kafka'
  for (const inbox of [new Map<string, number>(), undefined]) {
    const stores = inbox ? 'one store' : 'stores of their own'
    it(
      `has every effect once when a member is believed dead and comes back, with ${stores}`,
      {
        ...options,
        skip,
      },
      () =>
        withTopic(async () => {
          const group = `group-${topic.name}`
          const [first, second] = [joined(group, inbox), joined(group, inbox)]
          let count = 0
          const put = async (many: number) => {
            count += many
            await topic.put(readings(count - many + 1, count))
          }
          await until(async () => {
            await put(60)
            await new Promise(resolve => setTimeout(resolve, 200))
            return first.effects.length > 0 && second.effects.length > 0
          }, state)
          const begun = count
          for (let round = 0; round < 5; round++) {
            const putting = (async () => {
              for (let part = 0; part < 10; part++) await put(200)
            })()
            await until(() => numbers().size > begun + round * 2000 + 600, state)
            first.freeze()
            await putting
            await new Promise(resolve => setTimeout(resolve, 12_000))
            first.thaw()
            await until(() => numbers().size === count, state)
          }
          // What the one that came back had not committed is taken twice: one inbox knows it, else its effect keys do.
          if (inbox) assert.equal(all().length, count)
          else assert.equal(new Set(members.flatMap(({ keys }) => keys)).size, count)
        }),
    )
  }

  it('loses and doubles nothing when brokers are killed under load', options, () =>
    withTopic(async () => {
      const count = isSoak ? 20_000 : 2_000
      const effects: number[] = []
      const shop = shopAt({ brokers, callTimeout: '10s' })
      const produced = shop.produce('out', Reading, { topic: topic.name })
      const consumed = shop.consume('in', Reading, { topic: topic.name, sessionTimeout: '6s' })
      const { ends, made, counted, intake } = testEnds(({ data }) => effects.push(data.n))
      const key = ({ key }: Reading) => key
      const out = flow('out').from(made).key(key).to(produced)
      const back = flow('back').from(consumed).key(key).to(counted)
      const engine = await startTestEngine([shop, ends], [out, back])
      try {
        const { accept } = await intake.then(found => ({ accept: found.accept.bind(found) }))
        let sent = 0
        const sending = (async () => {
          while (sent < count) {
            const data = Array.from({ length: 100 }, (_, i) => ({
              n: sent + i + 1,
              key: `key-${(sent + i) % 40}`,
            }))
            await accept(data.map(each => ({ id: String(each.n), data: each })))
            sent += 100
            await new Promise(resolve => setTimeout(resolve, 20))
          }
        })()
        for (const broker of cluster.brokers.slice(0, isSoak ? 3 : 1)) {
          const seen = effects.length
          await until(
            () => effects.length > seen + 300,
            () => `${effects.length} of ${sent}`,
          )
          await broker.kill()
          const killed = effects.length
          await until(
            () => effects.length > killed + 300,
            () => `${effects.length}, ${engine.troubles.slice(-3)}`,
            300_000,
          )
          if (isSoak) await broker.restart()
        }
        await sending
        await until(
          () => new Set(effects).size === count,
          () => `${effects.length}, ${engine.troubles.slice(-3)}`,
        )
        assert.equal(effects.length, count, 'an effect was doubled')
        const written = await readTopic(topic.name, brokers)
        assert.equal(new Set(written.map(({ headers }) => headers['isthmus-effect-key'])).size, count)
      } finally {
        await engine.stop()
      }
    }),
  )
})
