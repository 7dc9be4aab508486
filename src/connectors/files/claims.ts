import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Arrival, isGone, stampOf } from './arrivals.ts'
import { type Stamp, sameStamp } from './claimed-file.ts'
import { folderBelow, takeName } from './folders.ts'

/** A file that only this instance works on. */
export interface Claimed {
  /** Grows with every claim of this instance. */
  readonly claim: number
  readonly name: string
  readonly path: string
  /** Undefined if it is no regular file. */
  readonly stamp: Stamp | undefined
}

export interface ClaimOptions {
  /** The folder that is watched. */
  readonly folder: string
  /** Keeps channels apart that watch one folder. */
  readonly channel: string
  /** Keeps instances apart that watch one folder; an instance has the same one after a restart. */
  readonly owner: string
  readonly marker?: ((file: string) => string) | undefined
  readonly now: () => number
}

/**
 * A file is claimed by renaming it to `.isthmus/CHANNEL/OWNER/CLAIM/NAME`: of any number of processes one succeeds,
 * and after a crash the claim is found again. It ends by renaming to `done/NAME` or `failed/NAME`; a name that is
 * taken there gets a suffix.
 */
export class Claims {
  readonly #options: ClaimOptions
  readonly #own: string
  #last: number

  /** `last` is the number of the last claim that is known. */
  static async open(options: ClaimOptions, last: number): Promise<Claims> {
    const own = await folderBelow(options.folder, '.isthmus', options.channel, options.owner)
    return new Claims(options, own, last)
  }

  private constructor(options: ClaimOptions, own: string, last: number) {
    this.#options = options
    this.#own = own
    this.#last = last
  }

  /** The claims that a stop or a crash left unfinished, in their order. */
  async unfinished(): Promise<Claimed[]> {
    const entries = await readdir(this.#own, { withFileTypes: true })
    const folders = entries.filter(entry => entry.isDirectory() && /^\d+$/.test(entry.name))
    const found: Claimed[] = []
    for (const claim of folders.map(({ name }) => Number(name)).sort((a, b) => a - b)) {
      this.#last = Math.max(this.#last, claim)
      const folder = join(this.#own, String(claim))
      const [name] = await readdir(folder)
      if (name === undefined) await rmdir(folder)
      else found.push(await this.#claimed(claim, name))
    }
    return found
  }

  /** Folders of other instances with claims: they are at work, or their store is gone. */
  async others(): Promise<string[]> {
    const all = dirname(this.#own)
    const entries = await readdir(all, { withFileTypes: true })
    const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => join(all, name))
    const counts = await Promise.all(folders.map(async folder => (await readdir(folder)).length))
    return folders.filter((folder, index) => folder !== this.#own && counts[index] !== 0)
  }

  /** Undefined if another took it first, or if it is no longer the file that was found complete. */
  async claim({ name, stamp }: Arrival): Promise<Claimed | undefined> {
    const path = join(this.#options.folder, name)
    const found = await stampOf(path)
    if (found === undefined || !sameStamp(found, stamp)) return undefined
    const claim = ++this.#last
    const place = join(this.#own, String(claim))
    await mkdir(place)
    try {
      await rename(path, join(place, name))
    } catch (error) {
      await rmdir(place)
      if (isGone(error)) return undefined
      throw error
    }
    return this.#claimed(claim, name)
  }

  /** Every record is accepted. */
  async finish(claimed: Claimed): Promise<void> {
    await this.#end(claimed, await this.#take('done', claimed.name))
  }

  /** Gives the path, below the watched folder, where the file went. Its reason stands beside it. */
  async fail(claimed: Claimed, reason: string): Promise<string> {
    const path = await this.#take('failed', claimed.name)
    const note = `${path}.reason.txt`
    await rm(note, { force: true })
    await writeFile(note, `${new Date(this.#options.now()).toISOString()}\n${reason}\n`, { flag: 'wx' })
    await this.#end(claimed, path)
    return join('failed', basename(path))
  }

  /** The marker goes only now that the file cannot be forgotten. */
  async #claimed(claim: number, name: string): Promise<Claimed> {
    const { folder, marker } = this.#options
    if (marker !== undefined) await rm(join(folder, marker(name)), { force: true })
    const path = join(this.#own, String(claim), name)
    return { claim, name, path, stamp: await stampOf(path) }
  }

  async #take(folder: 'done' | 'failed', name: string): Promise<string> {
    const stamp = new Date(this.#options.now()).toISOString().replace(/[-:]|\.\d+/g, '')
    return takeName(await folderBelow(this.#options.folder, folder), name, stamp)
  }

  async #end(claimed: Claimed, path: string): Promise<void> {
    await rename(claimed.path, path)
    await rmdir(dirname(claimed.path))
  }
}
