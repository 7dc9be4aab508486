import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flow } from '../../src/index.ts'
import { brokers, consumedAt } from '../integration/brokers-both.ts'
import { Reading, startTestEngine, testEnds, until } from '../integration/kafka-engine.ts'

const fields = Array.from({ length: 1_000_000 }, (_, n) => `"f${n}":0`).join(',')

/** Bodies that no flow may see, and what is said of them. */
const hostile: readonly (readonly [body: string | Buffer, reason: RegExp])[] = [
  ['{"n":1,"key":"a","n":2}', /name "n" occurs twice/],
  ['{"n":NaN,"key":"a"}', /column 6: no value begins/],
  ['{"n":-Infinity,"key":"a"}', /column 6: no value begins/],
  ['{"n":1,"key":"a","__proto__":{"admin":true}}', /column 18: the name __proto__/],
  ['{"n":1,"key":"a","\\u005f_proto__":{"admin":true}}', /column 18: the name __proto__/],
  ['{"n":1,"key":"\\ud800"}', /column 14: a string has half of a surrogate/],
  [
    `{"n":1,"key":"a","text":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    /column \d+: nested deeper than 100 levels/,
  ],
  [`{${fields},"f0":1}`, /column 11888892: the name "f0" occurs twice/],
  [
    Buffer.concat([Buffer.from('{"n":1,"key":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    /0xFF at offset 14 is not utf-8/,
  ],
  ['{"n":1,"key":"a"', /column 17: a comma or } is expected/],
  ['{"n":1,"key":"a"} {}', /column 19: text behind the end/],
  ["{'n':1,'key':'a'}", /column 2: a property name in quotes/],
  ['', /column 1: it ends early/],
]
const good = (n: number) => JSON.stringify({ n, key: `key-${n % 3}` })

for (const { name, skip, open } of brokers)
  describe(`hostile JSON in ${name}`, { skip }, () => {
    it('is parked with the place of what is wrong and all its bytes; what is good behind it goes on', {
      timeout: 240_000,
    }, async () => {
      const queued = await open()
      const done: number[] = []
      const { shop, consumed } = consumedAt(name, queued.at, Reading)
      const { ends, counted } = testEnds(({ data }) => done.push(data.n))
      const reading = flow('reading')
        .from(consumed)
        .key(({ key }) => key)
        .to(counted)
      const engine = await startTestEngine([shop, ends], [reading])
      await queued.put(hostile.flatMap(([body], n) => [good(n), body]))
      await queued.put([good(hostile.length)])
      const parked = () => engine.store.read.unfinished({ flow: 'reading', status: ['parked'], limit: 100 })
      const state = () => `${done.length} done, ${engine.troubles}`
      await until(
        async () => done.length > hostile.length && (await parked()).length === hostile.length,
        state,
      )
      assert.deepEqual(
        done.toSorted((a, b) => a - b),
        Array.from({ length: hostile.length + 1 }, (_, n) => n),
      )
      const rows = await parked()
      const entries = await engine.store.read.entries({
        flow: 'reading',
        seqs: rows.map(({ seq }) => seq),
        limit: rows.length,
      })
      for (const [n, [body, reason]] of hostile.entries()) {
        assert.match(rows[n]?.error?.reason ?? '', reason)
        assert.ok(
          Buffer.from(body).equals(entries[n]?.body ?? Buffer.alloc(1)),
          `body ${n} is kept as it came`,
        )
      }
      await engine.stop()
      assert.equal(await queued.left(), 0)
      await queued.close()
    })
  })
