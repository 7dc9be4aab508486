import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Environment } from '../configuration.ts'
import { describeExit } from '../exit-code.ts'
import type { Hand } from './crew.ts'
import { passLines } from './worker-lines.ts'

export interface ProcessOptions {
  readonly worker: number
  readonly environment: Environment
  /** The landscape's file. */
  readonly landscape: string
  /** Of the command line of ours. */
  readonly program: string
  readonly write: (line: string) => void
}

/** Starts a worker as a process of its own, which ends with this one. */
export function startProcess({ program, ...options }: ProcessOptions): Hand & { pid: number } {
  const { worker, environment, landscape, write } = options
  // A group of its own: Ctrl-C is for us, who hand it on.
  const child = fork(program, ['start', landscape], { env: { ...environment }, detached: true, silent: true })
  for (const output of [child.stdout, child.stderr] as Readable[]) passLines(output, worker, write)
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('exit', (code, signal) => resolve(signal === null ? describeExit(code ?? 0) : `by ${signal}`))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    stop: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** In a process that `startProcess` has started: ends, as by a signal, when the one that started it has ended. */
export function endWithStarter({ ISTHMUS_WORKER: worker }: Environment): void {
  if (worker !== undefined && process.send)
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
