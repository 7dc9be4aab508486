import type { Log } from '../observe/log.ts'
import type { Redactor } from '../observe/redactor.ts'
import { Throttle } from '../observe/throttle.ts'
import { currentSystem } from './connector-guard.ts'
import { exitCodes } from './exit-code.ts'

/**
 * Errors that nobody caught. One inside a connector is logged: the call that met it counts as unanswered, and all
 * others go on. Any other is a defect of ours that may have left something half done: the process ends, and the next
 * start recovers.
 */
export function handleUncaught(log: Log, redactor: Redactor): void {
  const throttle = new Throttle()
  const handle = (thrown: unknown) => {
    const error = redactor.error(thrown instanceof Error ? thrown : new Error(String(thrown))) as Error
    const system = currentSystem()
    const fields = { system, stack: error.stack }
    if (system === undefined) {
      log({ level: 'error', event: 'defect', text: `${error.stack ?? error.message}`, fields })
      process.exit(exitCodes.internal)
    }
    const text = `an error that the connector of ${system} did not catch: ${error.message}`
    const tell = (more: string) => log({ level: 'error', event: 'connector', text: text + more, fields })
    if (throttle.pass(system, 5, 10_000, count => tell(`, and ${count} more`))) tell('')
  }
  process.on('uncaughtException', handle)
  process.on('unhandledRejection', handle)
  // Whoever read our output is gone; that is no reason to stop working.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
