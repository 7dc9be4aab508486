import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedStrings } from './shared-strings.ts'

test('texts come back by their numbers, those that go to a file too', () => {
  const strings = new SharedStrings()
  const text = (n: number) => (n % 5 === 0 ? '' : `${n} 中é ${'x'.repeat((n * 7919) % 3000)}`)
  const count = 60_000
  for (let n = 0; n < count; n++) strings.add(text(n))
  const long = '长'.repeat(400_000)
  strings.add(long)
  assert.equal(strings.get(count), long)
  assert.equal(strings.get(count + 1), undefined)
  assert.equal(strings.get(-1), undefined)
  assert.equal(strings.get(Number.NaN), undefined)
  for (const step of [1, 7919])
    for (let n = 0; n < count; n++) assert.equal(strings.get((n * step) % count), text((n * step) % count))
  strings.close()
})
