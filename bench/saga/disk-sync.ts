import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { plantDirectory } from '../support/plant.ts'

const pages = 1_000

/**
 * The disk alone: `sync` keeps one page of 4 KiB, written over an older one as SQLite does in its log (a file that grows
 * takes longer), and gives the milliseconds that took.
 */
export function diskSync(): { sync(): number; close(): void } {
  const directory = plantDirectory()
  const file = openSync(join(directory.path, 'synced'), 'w')
  const page = Buffer.alloc(4096, 1)
  writeSync(file, Buffer.alloc(pages * page.length))
  fsyncSync(file)
  let next = 0
  return {
    sync() {
      const began = performance.now()
      writeSync(file, page, 0, page.length, (next++ % pages) * page.length)
      fdatasyncSync(file)
      return performance.now() - began
    },
    close() {
      closeSync(file)
      directory.remove()
    },
  }
}
