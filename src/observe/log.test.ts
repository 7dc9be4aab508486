import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LogOptions, lineLog } from './log.ts'
import { Redactor } from './redactor.ts'

function logged(format: LogOptions['format'], text: string): string {
  const lines: string[] = []
  const redactor = new Redactor()
  redactor.add('hunter22')
  lineLog({ format, colour: false, redactor, write: line => lines.push(line) })({
    level: 'warn',
    event: 'parked',
    text,
    fields: { flow: 'f' },
  })
  assert.equal(lines.length, 1)
  return lines[0] as string
}

test('an entry is one line: breaks and control characters of foreign texts do not come through', () => {
  const line = logged('text', 'a\n12:00:00 forged\u001b[2J with hunter22')
  assert.match(line, /^\d\d:\d\d:\d\d parked {4}a 12:00:00 forged\\x1b\[2J with \[secret\]\n$/)
})

test('for machines an entry is one JSON object', () => {
  const { time, ...entry } = JSON.parse(logged('json', 'a\nhunter22'))
  assert.ok(Number.isFinite(Date.parse(time)))
  assert.deepEqual(entry, { level: 'warn', event: 'parked', text: 'a\n[secret]', flow: 'f' })
})
