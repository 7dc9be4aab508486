import { randomUUID } from 'node:crypto'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Delivery } from '../../message/message.ts'
import type { SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { acceptPatiently, pause } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { matcher } from '../name-pattern.ts'
import { Arrivals, stampOf } from './arrivals.ts'
import { Claims } from './claims.ts'
import { defaultEvery, defaultSettle, type ReadOptions } from './config.ts'
import type { Drive, DriveAccess } from './drive.ts'
import { FileReader, type FilesPosition } from './file-reader.ts'
import { errnoOf, foldersOf, joined } from './folders.ts'
import { recordBatches, Unreadable } from './record-batches.ts'

export interface SourceContext {
  readonly drives: DriveAccess
  now(): number
  log(level: 'info' | 'warn', text: string): void
}

/**
 * Reads the files of a folder one after the other, the oldest first. The records of a file are stored together with
 * the place in it; after the last one the file is moved to `done`. Whenever this is interrupted, it goes on behind
 * the last stored record.
 */
export class FilesSource implements Source {
  readonly #channel: SourceChannel<unknown>
  readonly #options: ReadOptions
  readonly #context: SourceContext

  constructor(channel: SourceChannel<unknown>, context: SourceContext) {
    this.#channel = channel
    this.#options = channel.options as ReadOptions
    this.#context = context
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    try {
      const position = await knownPosition(intake, signal)
      if (position !== undefined) await this.#watchOpened(position, intake, signal)
    } catch (error) {
      if (signal.aborted && error === signal.reason) return
      if (errnoOf(error) === undefined || isOfServer(error)) throw error
      throw new IsthmusError('SOURCE-FAILED', `files of ${this.#channel.name}: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }

  /** All files that stand there under the pattern, complete or not, as they are. */
  async *peek(signal: AbortSignal): AsyncGenerator<readonly Delivery[]> {
    const drive = await this.#context.drives.open(signal)
    try {
      const folder = joined(...foldersOf(this.#options.folder))
      const fits = matcher(this.#options.pattern)
      for (const { name, kind } of await drive.list(folder))
        if (kind === 'file' && fits(name)) yield* this.#peekInto(drive, joined(folder, name), name, signal)
    } finally {
      drive.close()
    }
  }

  async *#peekInto(
    drive: Drive,
    path: string,
    name: string,
    signal: AbortSignal,
  ): AsyncGenerator<Delivery[]> {
    const stamp = await stampOf(drive, path)
    const file = { claim: 0, name, path, identity: name, stamp, open: () => drive.open(path) }
    try {
      for await (const records of recordBatches(file, undefined, this.#channel, signal))
        yield records.map(({ data, body, defect }) =>
          defect === undefined ? { data, ...(body && { body }) } : { body: body as Uint8Array, defect },
        )
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      yield [{ body: new Uint8Array(0), defect: `${name}: ${error.message}` }]
    }
  }

  async #watchOpened(position: FilesPosition, intake: Intake, signal: AbortSignal): Promise<void> {
    const drive = await this.#context.drives.open(signal)
    try {
      await this.#watch(drive, position, intake, signal)
    } finally {
      drive.close()
    }
  }

  async #watch(drive: Drive, position: FilesPosition, intake: Intake, signal: AbortSignal): Promise<void> {
    const { folder, pattern, marker, every = defaultEvery, settle = defaultSettle } = this.#options
    const { now, log } = this.#context
    const watched = joined(...foldersOf(folder))
    await drive.folder(watched)
    const place = { drive, folder: watched, channel: this.#channel.name, owner: position.owner }
    const claims = await Claims.open({ ...place, marker, now }, position.claim)
    const reader = new FileReader({ channel: this.#channel, claims, position, log }, intake, signal)
    for (const other of await claims.others())
      log('info', `${other} holds files that another instance has claimed`)
    for (const claimed of await claims.unfinished()) await reader.read(claimed)
    const arrivals = new Arrivals(drive, watched, { pattern, marker, settle: parseDuration(settle) })
    while (!signal.aborted) {
      const { complete, wait, nameless } = await arrivals.look()
      for (const name of nameless)
        log(
          'warn',
          `${joined(watched, name)} is left alone: its name is not in UTF-8. Rename it, and its sender's names.`,
        )
      for (const arrival of complete) {
        if (signal.aborted) return
        const claimed = await claims.claim(arrival)
        if (claimed !== undefined) await reader.read(claimed)
      }
      if (complete.length === 0) await pause(Math.min(parseDuration(every), wait ?? Infinity), signal)
    }
  }
}

/** Such as credentials that are not accepted: what it means is known already. */
function isOfServer(error: unknown): boolean {
  return error instanceof IsthmusError && error.code.startsWith('TARGET-')
}

/** Who we are must be stored before the first file is claimed. Undefined if the signal aborted before that. */
async function knownPosition(intake: Intake, signal: AbortSignal): Promise<FilesPosition | undefined> {
  const stored = (await intake.position()) as FilesPosition | undefined
  if (stored !== undefined) return stored
  const position: FilesPosition = { owner: randomUUID().slice(0, 8), claim: 0 }
  return (await acceptPatiently(intake, [], { position }, signal)) && position
}
