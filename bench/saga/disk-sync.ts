import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, median, warmUps } from '../support/harness.ts'
import { plantDirectory } from '../support/plant.ts'

const pages = 300

/**
 * How long the disk takes to keep one page of 4 KiB, written over an older one as SQLite does in its log: a file that
 * grows takes longer. Measured in the same rounds as everything else.
 */
export function diskSync(): { readonly contender: Contender; rounds(): number[]; close(): void } {
  const directory = plantDirectory()
  const file = openSync(join(directory.path, 'synced'), 'w')
  const page = Buffer.alloc(4096, 1)
  writeSync(file, Buffer.alloc(pages * page.length))
  fsyncSync(file)
  const medians: number[] = []
  const run = () => {
    const times: number[] = []
    for (let n = 0; n < pages; n++) {
      const began = performance.now()
      writeSync(file, page, 0, page.length, n * page.length)
      fdatasyncSync(file)
      times.push(performance.now() - began)
    }
    medians.push(median(times))
    return pages
  }
  return {
    contender: { name: 'disk', run },
    /** The median of each, without the warm-up. */
    rounds: () => medians.slice(warmUps),
    close() {
      closeSync(file)
      directory.remove()
    },
  }
}
