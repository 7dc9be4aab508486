import { workerData } from 'node:worker_threads'
import { reasonOf } from '../errors.ts'
import { exitCodeOf } from '../server/exit-code.ts'
import type { WorkerThreadData } from '../server/workers/worker-thread.ts'
import { loadLandscape } from './shared/landscape-file.ts'

// What the thread of a worker runs: see `startThread`.
const data = workerData as WorkerThreadData
try {
  const landscape = await loadLandscape(data.landscape)
  const { runThread } = await import('../server/workers/run-thread.ts')
  await runThread(landscape, data)
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`, () => process.exit(exitCodeOf(error)))
}
