import { randomUUID } from 'node:crypto'
import { type ErrorCode, IsthmusError, reasonOf } from '../../errors.ts'
import { channelId, type SinkChannel } from '../../system/channel.ts'
import type { Answer, Outgoing, Probed, Sink } from '../../system/roles.ts'
import { stampOf } from './arrivals.ts'
import type { WriteOptions } from './config.ts'
import type { Drive, DriveAccess, Found } from './drive.ts'
import { errnoOf, foldersOf, isPlainName, joined, nameWith } from './folders.ts'

/**
 * Writes one file per message: first under another name, synced, then renamed to a name with the effect key, or to that
 * which the receiver dictates. So a file is complete as soon as it is there, and a repeated write finds it done: by the
 * key, or by its content. That holds while the receiver leaves it there: what was taken away before its write was answered
 * is written again, under the same name.
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
      return this.#standing(drive, joined(this.#folder, file), item)
    })
    const found = await this.#within('TARGET-UNAVAILABLE', look)
    return found === 'ours' ? { outcome: 'done', result: { file } } : { outcome: 'absent' }
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
    if (await this.#within('TARGET-UNAVAILABLE', this.#isDone(drive, path, item))) return answer
    const draft = joined(drafts, `${randomUUID()}.part`)
    try {
      await this.#within('TARGET-UNAVAILABLE', drive.put(draft, bytes))
      if (await this.#within('TARGET-UNANSWERED', drive.move(draft, path, 'complete'))) return answer
    } catch (error) {
      await drive.remove(draft, 'file').catch(() => {})
      throw error
    }
    await drive.remove(draft, 'file').catch(() => {})
    // Somebody else has written it meanwhile.
    if (await this.#within('TARGET-UNAVAILABLE', this.#isDone(drive, path, item))) return answer
    throw new IsthmusError('TARGET-UNAVAILABLE', `${path} was there a moment ago, and is gone.`)
  }

  /** Throws TARGET-REFUSED where a file that is not the message's has its name. */
  async #isDone(drive: Drive, path: string, item: Outgoing): Promise<boolean> {
    const found = await this.#standing(drive, path, item)
    if (found !== 'foreign') return found === 'ours'
    const remedy = 'Retry the message when that one has been taken away, or give names that differ.'
    throw this.#refused(`there is a file ${path} with other content. ${remedy}`)
  }

  /** What has the name of the message's file. */
  async #standing(drive: Drive, path: string, item: Outgoing): Promise<'ours' | 'foreign' | undefined> {
    const found = await drive.find(path)
    if (found === undefined) return undefined
    if (found.kind !== 'file') {
      const text = `the name ${path} is taken by something that is no file`
      throw Object.assign(new Error(text), { code: 'EISDIR' })
    }
    // Nobody else gives a name with our key.
    if (!this.#options.exactName) return 'ours'
    return (await hasContent(drive, path, found, this.#bytesOf(item))) ? 'ours' : 'foreign'
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
    if (this.#options.exactName) return name
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

async function hasContent(drive: Drive, path: string, { stamp }: Found, bytes: Uint8Array): Promise<boolean> {
  if (stamp && stamp.size !== BigInt(bytes.length)) return false
  const file = await drive.open(path)
  try {
    // One byte more, by which it shows that a file is longer.
    const content = Buffer.alloc(bytes.length + 1)
    let at = 0
    for (let got = 1; got > 0; at += got) got = await file.read(content.subarray(at), at)
    return content.subarray(0, at).equals(bytes)
  } finally {
    await file.close()
  }
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
