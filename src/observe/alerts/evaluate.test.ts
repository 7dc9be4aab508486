import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AlertOptions, type AlertRule, alert } from '../../flow/alert.ts'
import { Histogram, MetricReading, type Sample } from '../prometheus-text.ts'
import type { AlertState } from './alert-state.ts'
import { evaluate } from './evaluate.ts'
import { needed, type Reading } from './measured.ts'

const begin = 1_700_000_000_000
const second = 1000

/** Looks again and again, as a running instance does. */
class Watch {
  states: ReadonlyMap<string, AlertState> = new Map()
  readings: readonly Reading[] = []
  readonly #rule: AlertRule
  constructor(options: Partial<AlertOptions> & { readonly metric: string }) {
    this.#rule = alert('it', { text: '{flow}: {value}', keep: '0s', ...options })
  }

  /** What changed, as `status id`. */
  at(seconds: number, name: string, samples: readonly Sample[]): string[] {
    const now = begin + seconds * second
    this.readings = [...this.readings, { at: now, samples: new Map([[name, samples]]) }]
    const { states, changes } = evaluate([this.#rule], this.readings, this.states, now)
    this.readings = needed(this.readings, [this.#rule], now)
    this.states = states
    return changes.map(({ to, state }) => `${to} ${state.id}`)
  }
}

const parked = 'isthmus_messages_parked'
const of = (flow: string, value: number): Sample => [{ flow }, value]

test('what is wrong is pending, fires when it was so for long enough, and is over when it is right', () => {
  const watch = new Watch({ metric: parked, above: 2, for: '10s' })
  assert.deepEqual(watch.at(0, parked, [of('a', 3), of('b', 2)]), ['pending it~a'])
  assert.deepEqual(watch.at(9, parked, [of('a', 4), of('b', 0)]), [])
  assert.deepEqual(watch.at(10, parked, [of('a', 5)]), ['firing it~a'])
  assert.deepEqual(watch.at(15, parked, [of('a', 6)]), [])
  const state = watch.states.get('it~a')
  assert.deepEqual([state?.value, state?.since, state?.firedAt], [6, begin, begin + 10 * second])
  assert.deepEqual(watch.at(20, parked, [of('a', 2)]), ['resolved it~a'])
  assert.equal(watch.states.size, 0)
})

test('what is right before its time is dropped, and told to nobody', () => {
  const watch = new Watch({ metric: parked, above: 0, for: '10s' })
  assert.deepEqual(watch.at(0, parked, [of('a', 1)]), ['pending it~a'])
  assert.deepEqual(watch.at(5, parked, [of('a', 0)]), ['dropped it~a'])
  assert.deepEqual(watch.at(6, parked, [of('a', 1)]), ['pending it~a'])
  assert.deepEqual(watch.at(12, parked, [of('a', 1)]), [])
})

test('what comes and goes is one alert while it is not right for long enough', () => {
  const watch = new Watch({ metric: parked, above: 0, keep: '30s' })
  assert.deepEqual(watch.at(0, parked, [of('a', 1)]), ['firing it~a'])
  for (const at of [10, 20, 30, 40, 50])
    assert.deepEqual(watch.at(at, parked, [of('a', at % 20 ? 0 : 1)]), [])
  assert.deepEqual(watch.at(79, parked, [of('a', 0)]), [])
  assert.deepEqual(watch.at(80, parked, []), ['resolved it~a'])
})

test('a rule looks at samples with its labels only, and below as well as above', () => {
  const watch = new Watch({ metric: parked, below: 1, labels: { flow: 'order-*' } })
  assert.deepEqual(watch.at(0, parked, [of('order-in', 0), of('orders', 0), of('order-out', 1)]), [
    'firing it~order-in',
  ])
})

test('of a counter its growth counts, also over a new beginning', () => {
  const name = 'isthmus_messages_accepted_total'
  const watch = new Watch({ metric: name, above: 10, over: '60s' })
  assert.deepEqual(watch.at(0, name, [of('a', 1000)]), [])
  assert.deepEqual(watch.at(30, name, [of('a', 1010)]), [])
  assert.deepEqual(watch.at(60, name, [of('a', 3)]), ['firing it~a'])
  assert.equal(watch.states.get('it~a')?.value, 13)
  assert.deepEqual(watch.at(120, name, [of('a', 4)]), ['resolved it~a'])
  assert.ok(watch.readings.length <= 3)
})

test('of a histogram the share of what happened in the time counts', () => {
  const histogram = new Histogram()
  const name = 'isthmus_message_duration_seconds'
  const rule = alert('slow', { metric: name, above: 1, over: '60s', quantile: 0.9, text: 'slow', keep: '0s' })
  const read = (at: number): Reading => {
    const reading = new MetricReading()
    reading.histogram(name, [[{ flow: 'a' }, histogram]])
    return { at: begin + at * second, samples: reading.samples }
  }
  for (let n = 0; n < 100; n++) histogram.observe(20)
  const first = read(0)
  for (let n = 0; n < 100; n++) histogram.observe(n < 85 ? 0.002 : 2)
  const { states } = evaluate([rule], [first, read(60)], new Map(), begin + 60 * second)
  const value = states.get('slow~a')?.value ?? 0
  assert.ok(value > 1 && value <= 2.5, String(value))
  const quiet = evaluate([rule], [read(60), read(120)], states, begin + 120 * second)
  assert.deepEqual(
    quiet.changes.map(({ to }) => to),
    ['resolved'],
  )
})

test('the same is said of the same readings at the same time', () => {
  const rule = alert('it', { metric: parked, above: 0, text: 'x' })
  const reading = { at: begin, samples: new Map([[parked, [of('a', 1), of('b', 2)]]]) }
  assert.deepEqual(
    evaluate([rule], [reading], new Map(), begin),
    evaluate([rule], [reading], new Map(), begin),
  )
})
