import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { laterText, markBefore } from './mark.ts'

describe('marks', () => {
  it('are later by value where they are whole numbers, by text where they are times, and never nonsense', () => {
    assert.equal(laterText('9', '10'), '10')
    assert.equal(laterText('2026-05-01T10:00:00Z', '2026-05-02'), '2026-05-02')
    assert.equal(laterText('2026-05-01', 'n/a'), '2026-05-01')
    assert.equal(laterText('', '7'), '7')
    assert.equal(laterText(undefined, 'n/a'), 'n/a')
  })

  it('reach back in the words of the system, which compares texts', () => {
    assert.equal(markBefore('2026-05-01 00:05:00', '10m'), '2026-04-30 23:55:00')
    assert.equal(markBefore('2026-05-01T10:00:00.123456+08:00', '10m'), '2026-05-01T09:50:00.123000+08:00')
    assert.equal(markBefore('2026-05-01T10:00:00.5Z', '1h'), '2026-05-01T09:00:00.5Z')
    assert.equal(markBefore('2026-05-01', '1d'), '2026-04-30')
    assert.equal(markBefore('2026-05-01', '10m'), '2026-04-30')
    assert.equal(markBefore('20260501', '10m'), '20260501')
    assert.equal(markBefore('2026-05-01 00:05', undefined), '2026-05-01 00:05')
  })
})
