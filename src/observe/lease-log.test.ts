import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaseLog } from './lease-log.ts'
import type { LogEntry } from './log.ts'

test('what moves together is one line, and what was taken over after a death is a warning', () => {
  const lines: LogEntry[] = []
  const waiting: (() => void)[] = []
  const watch = leaseLog(
    entry => lines.push(entry),
    work => waiting.push(work),
  )
  for (const n of [0, 1, 2]) watch({ type: 'lease', lease: `partition/${n}`, state: 'taken', clean: true })
  watch({ type: 'lease', lease: 'coordination', state: 'taken', clean: false })
  watch({ type: 'lease', lease: 'partition/9', state: 'given' })
  assert.deepEqual([lines.length, waiting.length], [0, 1])
  waiting[0]?.()
  assert.deepEqual(
    lines.map(({ level, text }) => [level, text]),
    [
      ['info', 'takes partition/0, partition/1, partition/2'],
      ['warn', 'takes over what its holder did not give back, and may have died over: coordination'],
      ['info', 'gave back partition/9'],
    ],
  )
  watch({ type: 'membership', sure: false })
  watch({ type: 'membership', sure: true })
  assert.deepEqual(
    lines.slice(3).map(({ level }) => level),
    ['warn', 'info'],
  )
})
