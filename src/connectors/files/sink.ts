import { randomUUID } from 'node:crypto'
import { lstat, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type ErrorCode, IsthmusError, reasonOf } from '../../errors.ts'
import { channelId, type SinkChannel } from '../../system/channel.ts'
import type { Answer, Outgoing, Probed, Sink } from '../../system/roles.ts'
import type { WriteOptions } from './config.ts'
import { errnoOf, folderBelow, foldersOf, isPlainName, nameWith } from './folders.ts'

/**
 * Writes one file per message: first under another name, synced, then renamed to a name with the effect key. So a
 * file is complete as soon as it is there, and a repeated write finds it done. That holds while the receiver leaves
 * it there: what was taken away before its write was answered is written again, under the same name.
 */
export class FilesSink implements Sink {
  readonly batch = 50
  readonly #channel: SinkChannel<unknown>
  readonly #options: WriteOptions
  readonly #encode: (data: unknown) => Uint8Array
  readonly #base: string
  #cleared = false

  /** `base` is the folder of the connector. */
  constructor(channel: SinkChannel<unknown>, base: string) {
    this.#channel = channel
    this.#options = channel.options as WriteOptions
    this.#encode = this.#options.format.writer(this.#options.encoding ?? 'utf-8')
    this.#base = base
  }

  async write(items: readonly Outgoing[]): Promise<Answer[]> {
    const folder = await this.#within('TARGET-UNAVAILABLE', this.#folder())
    const drafts = await this.#within('TARGET-UNAVAILABLE', this.#drafts(folder))
    const answers = await Promise.all(
      items.map(item => this.#writeOne(item, folder, drafts).catch(error => ({ ok: false as const, error }))),
    )
    if (answers.some(answer => answer.ok)) await this.#within('TARGET-UNANSWERED', syncFolder(folder))
    return answers
  }

  async probe(item: Outgoing): Promise<Probed> {
    const file = this.#nameOf(item)
    const look = async () => isWritten(join(await this.#folder(), file))
    const found = await this.#within('TARGET-UNAVAILABLE', look())
    return found ? { outcome: 'done', result: { file } } : { outcome: 'absent' }
  }

  async #writeOne(item: Outgoing, folder: string, drafts: string): Promise<Answer> {
    const file = this.#nameOf(item)
    const bytes = this.#bytesOf(item)
    const path = join(folder, file)
    const answer = { ok: true, result: { file } } as const
    if (await this.#within('TARGET-UNAVAILABLE', isWritten(path))) return answer
    const draft = join(drafts, `${randomUUID()}.part`)
    try {
      await this.#within('TARGET-UNAVAILABLE', writeSynced(draft, bytes))
      await this.#within('TARGET-UNANSWERED', rename(draft, path))
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {})
      throw error
    }
    return answer
  }

  #folder(): Promise<string> {
    return folderBelow(this.#base, ...foldersOf(this.#options.folder))
  }

  /** Files that are not complete stand apart, where no reader of the folder sees them. */
  async #drafts(folder: string): Promise<string> {
    const drafts = await folderBelow(folder, '.isthmus', '.drafts')
    if (!this.#cleared) await removeOld(drafts)
    this.#cleared = true
    return drafts
  }

  #nameOf({ data, effectKey }: Outgoing): string {
    let name: unknown
    try {
      name = this.#options.file(data)
    } catch (error) {
      throw this.#refused(`the function "file" fails: ${reasonOf(error)}`)
    }
    if (typeof name !== 'string' || !isPlainName(name) || !isPlainName(effectKey))
      throw this.#refused(
        'the function "file" must give a name without folders, without : and control characters',
      )
    return nameWith(name, `.${effectKey}`)
  }

  #bytesOf({ data }: Outgoing): Uint8Array {
    try {
      return this.#encode(data)
    } catch (error) {
      throw this.#refused(`the record cannot be written as ${this.#options.format.name}: ${reasonOf(error)}`)
    }
  }

  #refused(reason: string): IsthmusError {
    return new IsthmusError('TARGET-REFUSED', `${channelId(this.#channel)}: ${reason}`)
  }

  /** `unknown` is the code for errors of the file system that do not say more. */
  async #within<T>(unknown: ErrorCode, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      const refused = error instanceof IsthmusError && error.code === 'TARGET-REFUSED'
      const code = refused ? error.code : (codes[errnoOf(error) ?? ''] ?? unknown)
      throw new IsthmusError(code, `${channelId(this.#channel)}: ${reasonOf(error)}`, { cause: error })
    }
  }
}

/** Errors after which certainly nothing was written and trying again soon does not help. */
const codes: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'TARGET-CREDENTIALS',
  EPERM: 'TARGET-CREDENTIALS',
  EROFS: 'TARGET-CREDENTIALS',
  ENAMETOOLONG: 'TARGET-REFUSED',
  EILSEQ: 'TARGET-REFUSED',
}

async function isWritten(path: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isFile()) return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
  throw new IsthmusError('TARGET-REFUSED', `the name ${basename(path)} is taken by something that is no file`)
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the renamed names durable. Windows does that by itself, and cannot open folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const day = 24 * 60 * 60 * 1000

/** Drafts of processes that died. Those of the last day may be another process's, at work. */
async function removeOld(drafts: string): Promise<void> {
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name)
    const found = await stat(path).catch(() => undefined)
    if (found && found.mtimeMs < Date.now() - day) await rm(path, { force: true })
  }
}
