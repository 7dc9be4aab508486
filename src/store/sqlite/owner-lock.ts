import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import { storeError } from './failure.ts'
import { pragma } from './schema.ts'

/** What of a directory is owned: the store in it, or the other files of an instance whose store is elsewhere. */
type Owned = 'store' | 'instance'

const files = {
  store: { lock: 'lock.db', owner: 'owner.json' },
  instance: { lock: 'instance-lock.db', owner: 'instance-owner.json' },
} as const

/**
 * Ownership of a directory: a lock of the operating system on `lock.db`, which goes with the process however it ends.
 * `owner.json` only says to people who it is. The directory must be on a local disk: locks of network file systems
 * cannot be relied on.
 */
export class OwnerLock {
  readonly #ownerFile: string
  readonly #db: DatabaseSync

  /** Throws STORE-IN-USE. */
  constructor(directory: string, owner: string, host: string, owned: Owned = 'store') {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const names = files[owned]
    this.#ownerFile = join(directory, names.owner)
    this.#db = new DatabaseSync(join(directory, names.lock), { timeout: 0 })
    try {
      this.#db.exec('pragma journal_mode = off; pragma locking_mode = exclusive; begin exclusive')
      // One page, written once: locking an empty database would write, which a full disk does not allow.
      if (pragma(this.#db, 'user_version') === 0)
        this.#db.exec('pragma user_version = 1; commit; begin exclusive')
    } catch (error) {
      this.#db.close()
      if (storeError(error, directory).code !== 'STORE-UNAVAILABLE') throw error
      throw inUse(directory, owned, this.#ownerFile)
    }
    this.#tell({ pid: process.pid, host, owner, since: new Date().toISOString() })
  }

  /**
   * Whether a store was made in this directory: then a journal that is not there is lost, not new. Kept in the page that
   * is there already, so that noting it needs no space.
   */
  get hasStore(): boolean {
    return pragma(this.#db, 'user_version') === 2
  }

  noteStore(): void {
    if (!this.hasStore) this.#db.exec('pragma user_version = 2; commit; begin exclusive')
  }

  #tell(about: Readonly<Record<string, unknown>>): void {
    try {
      writeFileSync(this.#ownerFile, `${JSON.stringify(about)}\n`, { mode: 0o600 })
    } catch {
      // The lock holds without it, also on a full disk.
    }
  }

  release(): void {
    rmSync(this.#ownerFile, { force: true })
    this.#db.close()
  }
}

function inUse(directory: string, owned: Owned, ownerFile: string): IsthmusError {
  const holder = holderOf(ownerFile)
  const { pid, host, owner, since } = holder ?? {}
  const who =
    holder === undefined ? 'another process' : `process ${pid} on ${host} (${owner}, since ${since})`
  const what = owned === 'store' ? `the store in ${directory}` : `the data directory ${directory}`
  const message = `${what} belongs to ${who}: stop that one first, or use another directory`
  return new IsthmusError('STORE-IN-USE', message, { detail: { directory, ...holder } })
}

/** Who says to own the directory; it may have died since. */
function holderOf(ownerFile: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(ownerFile, 'utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
}
