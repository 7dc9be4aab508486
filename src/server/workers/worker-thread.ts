import type { Readable } from 'node:stream'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { reasonOf } from '../../errors.ts'
import { serveStore } from '../../store/shared/serve-store.ts'
import type { SharedStore } from '../../store/shared/share-store.ts'
import type { Environment } from '../configuration.ts'
import { describeExit } from '../exit-code.ts'
import type { Hand } from './crew.ts'
import { passLines } from './worker-lines.ts'

/** What the thread of a worker is started with. */
export interface WorkerThreadData {
  readonly environment: Environment
  /** The landscape's file. */
  readonly landscape: string
  /** To the store, see `remoteStore`. */
  readonly store: MessagePort
  /** Where the store's files are. */
  readonly files: string
}

/** Sent to a worker's thread: to end, within so many milliseconds. */
export interface StopOrder {
  readonly stop: number
}

export interface ThreadOptions extends Omit<WorkerThreadData, 'store'> {
  readonly worker: number
  /** What the thread runs. */
  readonly program: URL
  readonly store: SharedStore
  readonly write: (line: string) => void
}

/** Starts a worker as a thread of this process. If it dies, what it held is free at once. */
export function startThread({
  worker,
  program,
  store,
  write,
  ...data
}: ThreadOptions): Hand & { thread: Worker } {
  const { port1, port2 } = new MessageChannel()
  serveStore(store, port1)
  const thread = new Worker(program, {
    workerData: { ...data, store: port2 } satisfies WorkerThreadData,
    transferList: [port2],
    name: `isthmus-worker-${worker}`,
    stdout: true,
    stderr: true,
  })
  for (const output of [thread.stdout, thread.stderr] as Readable[]) passLines(output, worker, write)
  let reason: string | undefined
  thread.on('error', error => {
    reason = reasonOf(error)
  })
  const ended = new Promise<string>(resolve => {
    thread.on('exit', code => resolve(reason ?? describeExit(code)))
  })
  return {
    thread,
    ended,
    stop: grace => thread.postMessage({ stop: grace } satisfies StopOrder),
    kill: () => void thread.terminate(),
  }
}
