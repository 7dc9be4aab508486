import { type Arrival, stampOf } from './arrivals.ts'
import { type Drive, type OpenFile, type Stamp, sameStamp } from './drive.ts'
import { errnoOf, joined, nameWith } from './folders.ts'

/** A file that only this instance works on. */
export interface Claimed {
  /** Grows with every claim of this instance. */
  readonly claim: number
  readonly name: string
  readonly path: string
  /** The same as long as the file is claimed, and after a restart; another one for another file. */
  readonly identity: string
  /** Undefined if it is no regular file. */
  readonly stamp: Stamp | undefined
  open(): Promise<OpenFile>
}

export interface ClaimOptions {
  readonly drive: Drive
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
  readonly #drive: Drive
  readonly #own: string
  #last: number

  /** `last` is the number of the last claim that is known. */
  static async open(options: ClaimOptions, last: number): Promise<Claims> {
    const claims = new Claims(options, last)
    await options.drive.folder(claims.#own)
    return claims
  }

  private constructor(options: ClaimOptions, last: number) {
    this.#options = options
    this.#drive = options.drive
    this.#own = joined(options.folder, '.isthmus', options.channel, options.owner)
    this.#last = last
  }

  /** The claims that a stop or a crash left unfinished, in their order. */
  async unfinished(): Promise<Claimed[]> {
    const entries = await this.#drive.list(this.#own)
    const folders = entries.filter(({ name, kind }) => kind === 'folder' && /^\d+$/.test(name))
    const found: Claimed[] = []
    for (const claim of folders.map(({ name }) => Number(name)).sort((a, b) => a - b)) {
      this.#last = Math.max(this.#last, claim)
      const folder = joined(this.#own, String(claim))
      const [content] = await this.#drive.list(folder)
      if (content === undefined) await this.#drive.remove(folder, 'folder')
      else found.push(await this.#claimed(claim, content.name))
    }
    return found
  }

  /** Folders of other instances with claims: they are at work, or their store is gone. */
  async others(): Promise<string[]> {
    const { folder, channel, owner } = this.#options
    const all = joined(folder, '.isthmus', channel)
    const others: string[] = []
    for (const { name, kind } of await this.#drive.list(all)) {
      if (kind !== 'folder' || name === owner) continue
      const other = joined(all, name)
      if ((await this.#drive.list(other)).length > 0) others.push(other)
    }
    return others
  }

  /** Undefined if another took it first, or if it is no longer the file that was found complete. */
  async claim({ name, stamp }: Arrival): Promise<Claimed | undefined> {
    const path = joined(this.#options.folder, name)
    const found = await stampOf(this.#drive, path)
    if (found === undefined || !sameStamp(found, stamp)) return undefined
    const claim = ++this.#last
    const place = joined(this.#own, String(claim))
    await this.#drive.folder(place)
    let isOurs = false
    try {
      isOurs = await this.#drive.move(path, joined(place, name), 'own')
    } finally {
      // After a lost answer the file may be there; then the next start finds it.
      if (!isOurs) await this.#drive.remove(place, 'folder').catch(() => {})
    }
    return isOurs ? this.#claimed(claim, name) : undefined
  }

  /** Every record is accepted. */
  async finish(claimed: Claimed): Promise<void> {
    await this.#end(claimed, 'done')
  }

  /** Gives the path, below the watched folder, where the file went. Its reason stands beside it. */
  async fail(claimed: Claimed, reason: string): Promise<string> {
    const time = new Date(this.#options.now()).toISOString()
    return `failed/${await this.#end(claimed, 'failed', `${time}\n${reason}\n`)}`
  }

  /** The marker goes only now that the file cannot be forgotten. */
  async #claimed(claim: number, name: string): Promise<Claimed> {
    const { folder, marker, owner } = this.#options
    if (marker !== undefined) await this.#drive.remove(joined(folder, marker(name)), 'file')
    const path = joined(this.#own, String(claim), name)
    const stamp = await stampOf(this.#drive, path)
    // Where times are coarse, two files of one name may look alike.
    const isTelling = stamp !== undefined && this.#drive.exactTimes
    const identity = isTelling ? `${name}:${stamp.size}:${stamp.mtimeNs}` : `${name}:${owner}:${claim}`
    return { claim, name, path, identity, stamp, open: () => this.#drive.open(path) }
  }

  /** Gives the name that was free. */
  async #end({ name, path, claim }: Claimed, to: 'done' | 'failed', note?: string): Promise<string> {
    const folder = joined(this.#options.folder, to)
    await this.#drive.folder(folder)
    const mark = new Date(this.#options.now()).toISOString().replace(/[-:]|\.\d+/g, '')
    for (let number = 0; ; number++) {
      const free = nameWith(name, ['', `-${mark}`][number] ?? `-${mark}-${number}`)
      const end = joined(folder, free)
      if (await this.#drive.find(end)) continue
      if (note !== undefined && !(await this.#isNoted(end, note))) continue
      if (await this.#drive.move(path, end, 'new')) {
        await this.#drive.remove(joined(this.#own, String(claim)), 'folder')
        return free
      }
      if (note !== undefined) await this.#drive.remove(noteOf(end), 'file')
    }
  }

  /** False if another file has a note there. */
  async #isNoted(path: string, note: string): Promise<boolean> {
    try {
      await this.#drive.put(noteOf(path), Buffer.from(note))
      return true
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false
      throw error
    }
  }
}

function noteOf(path: string): string {
  return `${path}.reason.txt`
}
