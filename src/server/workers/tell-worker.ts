import type { Log } from '../../observe/log.ts'
import type { Instance } from '../instance.ts'

/** Where a worker is asked how it is. */
export function tellWorker({ url, control }: Instance, log: Log): void {
  const text = `works; health at ${url}/readyz, metrics at ${control.url}/metrics`
  log({
    level: 'info',
    event: 'started',
    text,
    fields: { health: url, control: control.url, pid: process.pid },
  })
}
