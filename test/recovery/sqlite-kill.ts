import { join } from 'node:path'
import { inTemporary, runVictim } from './sqlite-processes.ts'
import { requireRecovered } from './sqlite-traffic.ts'

const atOnce = 3

/**
 * Kills a process when it makes the `n`-th change to its log (write or sync), or to any of its files, and requires
 * that nothing acknowledged is lost. Gives false if the process was finished before.
 */
export async function killAtChange(n: number, of: 'log' | 'anything'): Promise<boolean> {
  let killed = false
  await inTemporary(async directory => {
    const inject = `pwrite64,fsync,fdatasync,ftruncate,unlink,rename:signal=KILL:when=${n}`
    const path = of === 'log' ? { path: join(directory, 'journal.db-wal') } : {}
    const ending = await runVictim({ directory, inject, count: 30, atOnce, ...path })
    killed = !ending.lines.includes('end')
    requireRecovered(directory, ending, atOnce)
  })
  return killed
}

/** The whole sweep, for the soak: every change until the process gets through. Gives how many kills it survived. */
export async function killAtEveryChange(of: 'log' | 'anything'): Promise<number> {
  let n = 1
  while (await killAtChange(n, of)) n++
  return n - 1
}
