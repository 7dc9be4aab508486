// Preloaded (--import) by the launcher into the Node that it starts.
import { enableCompileCache } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { guardProcess } from './guard.mjs'

if (isMainThread) {
  enableCompileCache()
  guardProcess()
  // Processes that the program forks are its own affair.
  process.execArgv = []
  // The channel closes when the launcher is gone, however it went.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  // It must not keep a program alive that has nothing left to do.
  process.channel?.unref()
}
