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
const rounds = isSoak ? 5 : 1
const options = { timeout: isSoak ? 900_000 : 120_000 }

/** A member of a group, in a process of its own, and the effects that it had. */
class Member {
  readonly effects: { effectKey: string; n: number }[] = []
  readonly #child: ChildProcess

  constructor(brokers: string, topic: string, group: string) {
    this.#child = fork(join(import.meta.dirname, 'kafka-member.ts'), [brokers, topic, group])
    this.#child.on('message', (message: { effectKey: string; n: number }) => {
      if (message.effectKey) this.effects.push(message)
    })
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
  const join_ = (group: string): Member => {
    const member = new Member(brokers, topic.name, group)
    members.push(member)
    return member
  }
  const all = () => members.flatMap(({ effects }) => effects)
  const numbers = () => new Set(all().map(({ n }) => n))
  const state = () => members.map(({ effects }) => effects.length).join(' + ')

  it(
    'loses and doubles nothing when a member stands still in the midst of a batch during a rebalance',
    options,
    () =>
      withTopic(async () => {
        const group = `group-${topic.name}`
        const first = join_(group)
        let count = 0
        const put = async (many: number) => {
          for (let left = many; left > 0; left -= 500) {
            await topic.put(readings(count + 1, count + Math.min(left, 500)))
            count += Math.min(left, 500)
          }
        }
        await put(1000)
        await until(() => first.effects.length > 0, state)
        for (let round = 0; round < rounds; round++) {
          const putting = put(3000)
          const seen = all().length
          await until(() => all().length > seen + 100, state)
          first.freeze()
          const joined = join_(group)
          await new Promise(resolve => setTimeout(resolve, 2_000))
          first.thaw()
          await putting
          await put(500)
          await until(() => numbers().size === count, state)
          // All that comes goes to both now.
          const before = joined.effects.length
          await until(async () => {
            await put(100)
            return joined.effects.length > before
          }, state)
          if (round < rounds - 1) await joined.stop()
        }
        await until(() => numbers().size === count, state)
        assert.equal(all().length, count, 'an effect was doubled')
      }),
  )

  it(
    'has every effect once, by its key, when a member is believed dead and comes back',
    { ...options, skip: !isSoak && 'it takes long: npm run soak -- kafka' },
    () =>
      withTopic(async () => {
        const group = `group-${topic.name}`
        const [first, second] = [join_(group), join_(group)]
        await topic.put(readings(1, 500))
        await until(() => first.effects.length > 0 && second.effects.length > 0, state)
        for (let round = 0; round < rounds; round++) {
          const from = 501 + round * 2000
          const putting = topic.put(readings(from, from + 1999))
          first.freeze()
          await putting
          await until(() => numbers().size >= from + 1999 - 200, state)
          await new Promise(resolve => setTimeout(resolve, 8_000))
          first.thaw()
          await until(() => numbers().size === from + 1999, state)
        }
        const keys = new Map(all().map(({ effectKey, n }) => [n, effectKey]))
        // The zombie may have had effects again: under the same keys, so that a target knows them.
        for (const { effectKey, n } of all()) assert.equal(keys.get(n), effectKey)
        assert.equal(new Set(all().map(({ effectKey }) => effectKey)).size, numbers().size)
      }),
  )

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
