import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isCheckout, packageRoot } from '../../server/version.ts'

/** What a process started by `isthmus dev` tells it: a file of the landscape that was loaded, or failed to. */
export interface LoadedFile {
  readonly loaded: string
}

/** In a process started by `isthmus dev`: tells it every file of the user's that is loaded from now on. */
export function watchLoading(): void {
  if (process.env.ISTHMUS_DEV !== '1' || !process.send) return
  // It has gone, and we were its children.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  const ours = isCheckout ? `${packageRoot}src/` : packageRoot
  registerHooks({
    load(url, context, next) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : ''
      if (path && !path.startsWith(ours) && !path.includes('/node_modules/'))
        process.send?.({ loaded: path } satisfies LoadedFile)
      return next(url, context)
    },
  })
}
