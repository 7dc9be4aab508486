import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps; so long after the last one it is complete. Milliseconds. */
const quiet = 100

/** Watches single files, by their folders, since editors replace a file rather than write into it. */
export class FileWatch {
  readonly #files = new Map<string, Set<string>>()
  readonly #watchers: FSWatcher[] = []
  #waiting: ((file: string | undefined) => void)[] = []
  #timer: NodeJS.Timeout | undefined

  add(file: string): void {
    const folder = dirname(file)
    const known = this.#files.get(folder)
    if (known) {
      known.add(basename(file))
      return
    }
    const names = new Set([basename(file)])
    this.#files.set(folder, names)
    const watcher = watch(folder, (_event, name) => {
      if (name !== null && names.has(name)) this.#tell(`${folder}/${name}`)
    })
    watcher.on('error', () => {})
    this.#watchers.push(watcher)
  }

  /** The next file that changes; undefined when the watch is closed before. */
  changed(): Promise<string | undefined> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers) watcher.close()
    this.#release(undefined)
  }

  #tell(file: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#release(file), quiet)
  }

  #release(file: string | undefined): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve(file)
  }
}
