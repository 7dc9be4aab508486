import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  inOrder,
  isDense,
  leftOf,
  lookOf,
  monthBeside,
  type Run,
  slowestOf,
  sumsOf,
  type Task,
  weeksOf,
} from './runs.ts'

const run = (more: Partial<Run>): Run => ({
  pipeline: 'night',
  key: more.date ?? '',
  status: 'published',
  attempt: 1,
  trigger: 'schedule',
  date: '2026-11-02',
  from: 1,
  until: 86_400_001,
  began: 0,
  changed: 0,
  read: 10,
  filtered: 0,
  parked: 0,
  superseded: 0,
  written: 10,
  published: 10,
  broken: 0,
  ...more,
})

const task = (more: Partial<Task>): Task => ({
  table: 'orders',
  kind: 'rows',
  load: 'upsert',
  reads: [],
  status: 'loaded',
  tries: 1,
  ...more,
})

test('a run is published in part where something of it is left for a person', () => {
  assert.equal(lookOf(run({})), 'published')
  assert.equal(lookOf(run({ parked: 1 })), 'partly')
  assert.equal(lookOf(run({ broken: 1 })), 'partly')
  assert.equal(lookOf(run({ status: 'running', waitsFor: 'day' })), 'waiting')
  assert.equal(lookOf(run({ status: 'failed', parked: 3 })), 'failed')
})

test('what has failed comes first, also where a later run was published', () => {
  const view = (pipeline: string, last: Run | undefined, failed: Run[] = []) => {
    return { pipeline, warehouse: 'dw', after: [], tables: [], running: [], failed, ...(last && { last }) }
  }
  const found = inOrder([view('a', run({})), view('b', undefined), view('c', run({}), [run({})])])
  assert.deepEqual(
    found.map(({ pipeline }) => pipeline),
    ['c', 'b', 'a'],
  )
})

test('a month has whole weeks from Monday on, and each run stands on its day', () => {
  const weeks = weeksOf('2026-11', [run({ key: 'b' }), run({ key: 'a' }), run({ date: '2026-12-06' })])
  assert.equal(weeks.length, 6)
  assert.ok(weeks.every(week => week.length === 7))
  assert.equal(weeks[0]?.[0]?.date, '2026-10-26')
  assert.equal(weeks[0]?.[0]?.isOther, true)
  assert.deepEqual(
    weeks[1]?.[0]?.runs.map(({ key }) => key),
    ['a', 'b'],
  )
  assert.equal(weeks[5]?.[6]?.runs.length, 1)
  assert.equal(weeksOf('2027-02', []).length, 4)
  assert.equal(monthBeside('2026-12', 1), '2027-01')
  assert.equal(monthBeside('2026-01', -1), '2025-12')
})

test('runs of minutes are no calendar, nor are those without dates', () => {
  assert.equal(isDense([run({}), run({}), run({ from: 86_340_001 })]), false)
  assert.equal(isDense([run({ from: 86_340_001 })]), true)
  assert.equal(isDense([run({ from: 0 })]), true)
  assert.equal(isDense([]), false)
})

test('rows that came from outside are summed, and what is missing shows', () => {
  const whole = task({ read: 10, filtered: 1, parked: 2, superseded: 3, written: 4 })
  const query = task({ kind: 'query', read: 5, written: 5 })
  assert.deepEqual(sumsOf([whole, query]), {
    read: 10,
    filtered: 1,
    parked: 2,
    superseded: 3,
    written: 4,
    missing: 0,
  })
  assert.equal(sumsOf([{ ...whole, written: 3 }]).missing, 1)
})

test('the slowest table is found, and how long the rest will take', () => {
  const tasks = [task({ ms: 30 }), task({ table: 'big', ms: 70 })]
  assert.deepEqual(slowestOf(tasks, 0), { table: 'big', ms: 70, share: 0.7 })
  assert.equal(slowestOf([task({ status: 'waiting' })], 0), undefined)
  assert.equal(leftOf([task({ status: 'running', rows: 10, rate: 5, expected: 30 })]), 4000)
  assert.equal(leftOf([task({ status: 'running', rows: 40, rate: 5, expected: 30 })]), undefined)
})
