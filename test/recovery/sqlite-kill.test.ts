import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inTemporary, needsStrace, runVictim } from './sqlite-processes.ts'
import { requireRecovered } from './sqlite-traffic.ts'

const atOnce = 3

/** Kills the victim when it enters the `n`-th of these system calls. Gives whether it lived to see it. */
export async function killAt(calls: string, n: number): Promise<boolean> {
  let reached = false
  await inTemporary(async directory => {
    const ending = await runVictim({ directory, inject: `${calls}:signal=KILL:when=${n}`, count: 30, atOnce })
    reached = !ending.lines.includes('end')
    requireRecovered(directory, ending, atOnce)
  })
  return reached
}

describe('a kill while the store writes', { skip: needsStrace }, () => {
  for (const n of [1, 5, 9, 14]) {
    it(`loses nothing acknowledged when it comes at sync ${n}`, async () => {
      assert.ok(await killAt('fsync,fdatasync', n), 'the process was killed')
    })
  }

  for (const n of [1, 45, 61, 62, 63, 64, 65, 66]) {
    it(`loses nothing acknowledged when it comes at write ${n}`, async () => {
      await killAt('pwrite64,fsync,fdatasync,ftruncate,unlink', n)
    })
  }
})
