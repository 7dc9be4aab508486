import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { killAtChange } from './sqlite-kill.ts'
import { inTemporary, needsStrace, runVictim } from './sqlite-processes.ts'
import { requireRecovered } from './sqlite-traffic.ts'

// A sample: creating the log, claiming, each write and the sync of one commit with messages, and some later ones.
const ofLog = [1, 2, 14, 49, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 112]

describe('a kill while the store writes', { skip: needsStrace }, () => {
  for (const n of ofLog) {
    it(`loses nothing acknowledged when it comes at change ${n} of the log`, async () => {
      assert.ok(await killAtChange(n, 'log'), 'the process was killed')
    })
  }

  for (const n of [1, 5, 20]) {
    it(`loses nothing acknowledged when it comes at change ${n} of any file`, async () => {
      assert.ok(await killAtChange(n, 'anything'), 'the process was killed')
    })
  }

  it('recovers from kills that come during recovery, again and again', () =>
    inTemporary(async directory => {
      const before = await runVictim({ directory, inject: 'fsync:signal=KILL:when=24', count: 30 })
      assert.ok(before.accepted.length > 0 && !before.lines.includes('end'), 'killed amid traffic')
      for (const n of [1, 2, 3, 5, 8]) {
        const inject = `pwrite64,fsync,fdatasync,ftruncate,unlink:signal=KILL:when=${n}`
        const killed = await runVictim({ directory, inject, count: 0 })
        assert.ok(!killed.lines.includes('end'))
      }
      requireRecovered(directory, before, 3)
    }))
})
