import { randomUUID } from 'node:crypto'
import { type ErrorCode, IsthmusError, reasonOf } from '../../errors.ts'
import { channelId, type SinkChannel } from '../../system/channel.ts'
import type { Answer, Outgoing, Probed, Sink } from '../../system/roles.ts'
import { stampOf } from './arrivals.ts'
import type { WriteOptions } from './config.ts'
import type { Drive, DriveAccess } from './drive.ts'
import { errnoOf, foldersOf, isPlainName, joined, nameWith } from './folders.ts'

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
  readonly #drives: DriveAccess
  readonly #folder: string
  #cleared = false

  constructor(channel: SinkChannel<unknown>, drives: DriveAccess) {
    this.#channel = channel
    this.#options = channel.options as WriteOptions
    this.#encode = this.#options.format.writer(this.#options.encoding ?? 'utf-8')
    this.#drives = drives
    this.#folder = joined(...foldersOf(this.#options.folder))
  }

  write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    const all = this.#drives.use(signal, drive => this.#writeAll(items, drive))
    return this.#within('TARGET-UNANSWERED', all)
  }

  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed> {
    const file = this.#nameOf(item)
    const look = this.#drives.use(signal, async drive => {
      await drive.folder(this.#folder)
      return isWritten(drive, joined(this.#folder, file))
    })
    const found = await this.#within('TARGET-UNAVAILABLE', look)
    return found ? { outcome: 'done', result: { file } } : { outcome: 'absent' }
  }

  async #writeAll(items: readonly Outgoing[], drive: Drive): Promise<Answer[]> {
    const drafts = await this.#within('TARGET-UNAVAILABLE', this.#drafts(drive))
    const answers = await Promise.all(
      items.map(item => this.#writeOne(item, drive, drafts).catch(error => ({ ok: false as const, error }))),
    )
    if (answers.some(answer => answer.ok)) await this.#within('TARGET-UNANSWERED', drive.sync(this.#folder))
    return answers
  }

  async #writeOne(item: Outgoing, drive: Drive, drafts: string): Promise<Answer> {
    const file = this.#nameOf(item)
    const bytes = this.#bytesOf(item)
    const path = joined(this.#folder, file)
    const answer = { ok: true, result: { file } } as const
    if (await this.#within('TARGET-UNAVAILABLE', isWritten(drive, path))) return answer
    const draft = joined(drafts, `${randomUUID()}.part`)
    try {
      await this.#within('TARGET-UNAVAILABLE', drive.put(draft, bytes))
      // False: another process has written it meanwhile.
      if (await this.#within('TARGET-UNANSWERED', drive.move(draft, path, 'complete'))) return answer
    } catch (error) {
      await drive.remove(draft, 'file').catch(() => {})
      throw error
    }
    await drive.remove(draft, 'file').catch(() => {})
    return answer
  }

  /** Files that are not complete stand apart, where no reader of the folder sees them. */
  async #drafts(drive: Drive): Promise<string> {
    await drive.folder(this.#folder)
    const drafts = joined(this.#folder, '.isthmus', '.drafts')
    await drive.folder(drafts)
    if (!this.#cleared) await removeOld(drive, drafts)
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
      if (error instanceof IsthmusError && error.code.startsWith('TARGET-')) throw error
      const code = codes[errnoOf(error) ?? ''] ?? unknown
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
  EISDIR: 'TARGET-REFUSED',
  EREMOTE: 'TARGET-UNAVAILABLE',
}

async function isWritten(drive: Drive, path: string): Promise<boolean> {
  const found = await drive.find(path)
  if (found === undefined || found.kind === 'file') return found !== undefined
  const text = `the name ${path} is taken by something that is no file`
  throw Object.assign(new Error(text), { code: 'EISDIR' })
}

const day = 24n * 60n * 60n * 1_000_000_000n

/** Drafts of processes that died. Those of the last day may be another process's, at work. */
async function removeOld(drive: Drive, drafts: string): Promise<void> {
  const before = BigInt(Date.now()) * 1_000_000n - day
  for (const { name, stamp } of await drive.list(drafts)) {
    const path = joined(drafts, name)
    const { mtimeNs } = stamp ?? (await stampOf(drive, path)) ?? {}
    if (mtimeNs !== undefined && mtimeNs < before) await drive.remove(path, 'file')
  }
}
