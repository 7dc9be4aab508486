import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Ending } from './sqlite-processes.ts'
import { inTemporary, needsStrace, runVictim } from './sqlite-processes.ts'
import { contentsOf, numberOf, requireRecovered } from './sqlite-traffic.ts'

const atOnce = 3

/** After the first refusal nothing is acknowledged, and every call is refused alike. */
function requireStopped({ code, lines }: Ending): void {
  assert.equal(code, 86)
  const refusal = lines.findIndex(line => line.startsWith('x '))
  const after = lines.slice(refusal).filter(line => line !== 't' && line !== '')
  assert.deepEqual(new Set(after), new Set(['x STORE-FAILED']))
}

describe('a disk that fails', { skip: needsStrace }, () => {
  for (const n of [5, 8, 9, 12, 20]) {
    it(`stops the store when sync ${n} fails, and the next start decides what was kept`, () =>
      inTemporary(async directory => {
        const ending = await runVictim({ directory, inject: `fsync,fdatasync:error=EIO:when=${n}` })
        requireStopped(ending)
        requireRecovered(directory, ending, atOnce)
      }))
  }

  it('stops the store when a write fails', () =>
    inTemporary(async directory => {
      await runVictim({ directory, count: 10 })
      const ending = await runVictim({ directory, inject: 'pwrite64:error=EIO:when=30', first: 11 })
      requireStopped(ending)
      requireRecovered(directory, { ...ending, accepted: [...first(10), ...ending.accepted] }, atOnce)
    }))

  for (const ending of ['exit', 'kill'] as const) {
    it(`takes an acceptance whose sync failed for unknown: asked again, it is there once (${ending})`, () =>
      inTemporary(async directory => {
        const inject = 'fsync,fdatasync:error=EIO:when=12'
        const failed = await runVictim({ directory, inject, atOnce: 1, ending })
        if (ending === 'exit') requireStopped(failed)
        else assert.equal(failed.signal, 'SIGKILL')
        const again = await runVictim({ directory, count: 60, atOnce: 1 })
        assert.equal(again.lines.at(-2), 'end')
        assert.deepEqual(contentsOf(directory).entries.map(numberOf), first(60))
      }))
  }

  it('gives an error and never less than there is when reading fails', () =>
    inTemporary(async directory => {
      await runVictim({ directory, count: 60 })
      for (const n of [2, 4, 6, 8]) {
        const inject = `pread64:error=EIO:when=${n}+`
        const ending = await runVictim({ directory, inject, path: join(directory, 'journal.db'), count: 0 })
        const read = ending.lines.find(line => line.startsWith('r '))
        assert.ok(read === undefined || read === 'r 60', `answered ${read} with reads failing from ${n} on`)
        if (read === undefined) assert.equal(ending.code, 86)
      }
    }))

  it('answers nothing before a slow sync is over, and does not block the process', () =>
    inTemporary(async directory => {
      const inject = 'fsync,fdatasync:delay_enter=700000:when=9..10'
      const { lines, code } = await runVictim({ directory, inject, count: 12, atOnce: 1 })
      assert.equal(code, 0)
      const ticks = lines.join('\n').split(/\n?[as] \d+/)
      assert.ok(Math.max(...ticks.map(part => part.split('t').length)) > 10, 'timers went on during the sync')
    }))

  it('goes on when a system call is interrupted', () =>
    inTemporary(async directory => {
      for (const [n, file] of ['journal.db', 'journal.db-wal'].entries()) {
        const inject = 'pwrite64,pread64:error=EINTR:when=3+7'
        const ending = await runVictim({ directory, inject, path: join(directory, file), first: 1 + 40 * n })
        assert.equal(ending.code, 0)
        assert.equal(ending.accepted.length, 40)
      }
      const ending = { accepted: first(80), settled: [] }
      requireRecovered(directory, ending, 0)
    }))

  it('syncs before it answers', () =>
    inTemporary(async directory => {
      const log = `${directory}.trace`
      const ending = await runVictim({
        directory,
        trace: { calls: 'fsync,fdatasync,write', log },
        atOnce: 1,
        count: 20,
      })
      assert.equal(ending.accepted.length, 20)
      let synced = false
      for (const line of readFileSync(log, 'utf8').split('\n')) {
        if (/f(data)?sync\(.*= 0/.test(line) || /f(data)?sync resumed.*= 0/.test(line)) synced = true
        if (!/write\(1, "[as] \d+/.test(line)) continue
        assert.ok(synced, `answered without a sync: ${line}`)
        synced = false
      }
    }))
})

describe('limits of the system', { skip: needsStrace }, () => {
  it('refuses to start, with a reason, when no more files can be opened', () =>
    inTemporary(async directory => {
      await runVictim({ directory, count: 5 })
      const inject = 'openat:error=EMFILE:when=1+'
      const ending = await runVictim({
        directory,
        inject,
        path: join(directory, 'journal.db'),
        count: 5,
        first: 6,
      })
      assert.equal(ending.code, 86)
      assert.ok(ending.lines.includes('x STORE-UNAVAILABLE'), ending.lines.join())
      requireRecovered(directory, { accepted: first(5), settled: [] }, 0)
    }))

  it('refuses to start, with a reason, on a file system that is read-only', () =>
    inTemporary(async directory => {
      await runVictim({ directory, count: 5 })
      const inject = 'openat:error=EROFS:when=1+'
      const ending = await runVictim({
        directory,
        inject,
        path: join(directory, 'lock.db'),
        count: 5,
        first: 6,
      })
      assert.equal(ending.code, 86)
      assert.ok(ending.lines.includes('x STORE-UNAVAILABLE'), ending.lines.join())
    }))
})

const first = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)
