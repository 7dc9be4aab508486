import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** A process that has ended and waits for its parent to notice is gone too. */
export function isGone(pid: number): boolean {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return true
  }
}

/** Waits for a condition; the test's failure when it does not come. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs = 120_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${condition}`)
    await delay(20)
  }
}
