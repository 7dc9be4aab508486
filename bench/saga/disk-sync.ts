import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../support/harness.ts'
import { plantDirectory } from '../support/plant.ts'

/** How long the disk takes to keep one appended page of 4 KiB, in the same rounds as everything else. */
export function diskSync(): { readonly contender: Contender; readonly times: number[]; close(): void } {
  const directory = plantDirectory()
  const file = openSync(join(directory.path, 'synced'), 'a')
  const page = Buffer.alloc(4096, 1)
  const times: number[] = []
  const run = () => {
    for (let n = 0; n < 100; n++) {
      const began = performance.now()
      writeSync(file, page)
      fdatasyncSync(file)
      times.push(performance.now() - began)
    }
    return 100
  }
  return {
    contender: { name: 'disk', run },
    times,
    close() {
      closeSync(file)
      directory.remove()
    },
  }
}
