import { parentPort } from 'node:worker_threads'
import type { Landscape } from '../../flow/landscape.ts'
import { Redactor } from '../../observe/redactor.ts'
import { remoteStore } from '../../store/shared/remote-store.ts'
import { sqliteStore } from '../../store/sqlite/sqlite-store.ts'
import { exitCodes } from '../exit-code.ts'
import { startInstance } from '../instance.ts'
import { handleUncaught } from '../last-resort.ts'
import { processLog } from '../process-log.ts'
import { tellWorker } from './tell-worker.ts'
import type { StopOrder, WorkerThreadData } from './worker-thread.ts'

/** Runs a landscape as a worker in this thread. What the store has is read here, and written by the thread that has it. */
export async function runThread(
  landscape: Landscape,
  { environment, store: port, files }: WorkerThreadData,
): Promise<void> {
  const redactor = new Redactor()
  const log = processLog(environment, redactor)
  handleUncaught(log, redactor)
  const store = remoteStore(port, sqliteStore({ path: files }))
  const starting = startInstance({ landscape, environment, store, redactor, log })
  parentPort?.on('message', async ({ stop }: StopOrder) => {
    await starting.then(instance => instance.stop(stop)).catch(() => {})
    process.exit(exitCodes.ok)
  })
  tellWorker(await starting, log)
}
