import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileResult } from '../../scripts/test-files.ts'
import { summarise } from '../../scripts/test-summary.ts'

function result(file: string, more: Partial<FileResult>): FileResult {
  return { file, milliseconds: 1, passed: 0, failures: [], skipped: [], output: '', ...more }
}

test('the count adds what passed, failed and was skipped; nothing is said of what is none', () => {
  const results = [result('a.test.ts', { passed: 2 }), result('b.test.ts', { passed: 3 })]
  const checks = [{ name: 'types', problems: [] }]
  assert.deepEqual(summarise(checks, results, []), {
    skipped: [],
    failed: [],
    hasFailed: false,
    count: '6 passed, 0 failed',
  })
})

test('a check with problems and a server that must be there count as failed', () => {
  const summary = summarise([{ name: 'types', problems: ['a.ts(1,1): error'] }], [], ['kafka: install it'])
  assert.equal(summary.count, '0 passed, 2 failed')
  assert.ok(summary.hasFailed)
  assert.deepEqual(summary.failed, [
    'failed   check: types',
    '           a.ts(1,1): error',
    'failed   kafka: install it',
  ])
})

test('of skipped tests every name and reason is told, in one line for each reason of a file', () => {
  const skipped = [
    { name: 'a', reason: 'no server' },
    { name: 'a', reason: 'no server' },
    { name: 'b', reason: 'no server' },
    { name: 'c', reason: 'to do' },
  ]
  const summary = summarise([], [result('x.test.ts', { skipped })], [])
  assert.deepEqual(summary.skipped, [
    'skipped  x.test.ts: 3 × no server: a; b',
    'skipped  x.test.ts: 1 × to do: c',
  ])
  assert.equal(summary.count, '0 passed, 0 failed, 4 skipped')
})

test('a failure is told with how its error begins; of a file that died with its last words', () => {
  const text = Array.from({ length: 100 }, (_, n) => `line ${n} ${'x'.repeat(1000)}`).join('\n')
  const output = Array.from({ length: 100 }, (_, n) => `said ${n}`).join('\n')
  const { failed } = summarise(
    [],
    [
      result('x.test.ts', { failures: [{ name: 'a (line 3)', text }] }),
      result('y.test.ts', { failures: [{ name: 'the file itself', text: 'ended', whole: true }], output }),
    ],
    [],
  )
  assert.equal(failed[0], 'failed   x.test.ts: a (line 3)')
  assert.match(failed[1] ?? '', /^ {11}line 0 x+ …$/)
  assert.ok(failed.includes('failed   y.test.ts: the file itself'))
  assert.equal(failed.at(-1), '           said 99')
  assert.ok(failed.length <= 50, 'fits into the end of a log')
})

test('of many failures every name is told, and they still fit', () => {
  const text = Array.from({ length: 100 }, (_, n) => `line ${n}`).join('\n')
  const failures = Array.from({ length: 20 }, (_, n) => ({ name: `t${n}`, text }))
  const { failed } = summarise([], [result('x.test.ts', { failures })], [])
  assert.ok(failed.length <= 50, 'fits into the end of a log')
  for (const { name } of failures) assert.ok(failed.includes(`failed   x.test.ts: ${name}`))
})
