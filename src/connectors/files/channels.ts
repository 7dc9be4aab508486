import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, idempotent, probed } from '../../system/effect.ts'
import { checkName } from '../../system/system.ts'
import { defaultEvery, defaultSettle, type ReadOptions, type WriteOptions } from './config.ts'
import { foldersOf } from './folders.ts'
import { readNames, writeNames } from './names.ts'

export interface FilesChannels {
  /**
   * Delivers the records of files that others put into a folder. A file is taken once it is complete; when its last
   * record is accepted it goes to the sub-folder `done`, or, where it cannot be read further, to `failed`.
   */
  read<T>(name: string, model: Model<T>, options: ReadOptions<T>): SourceChannel<T>
  /**
   * Writes one file per message, complete at once under its name. A repeated write has the same name, so that a
   * reader who has seen that name has seen the message; with `exactName` one who has seen that name with that content.
   */
  write<T>(
    name: string,
    model: Model<T>,
    options: WriteOptions<T>,
  ): SinkChannel<T, Effect<'idempotent', true>>
}

export function filesChannels(system: string): FilesChannels {
  return {
    read(name, model, options) {
      checkName('channel', name)
      checkOptionNames(channelId({ system, name }), options, readNames)
      foldersOf(options.folder)
      checkPattern(channelId({ system, name }), options.pattern)
      for (const duration of [options.every ?? defaultEvery, options.settle ?? defaultSettle])
        parseDuration(duration)
      const { decode } = options.format
      return Object.freeze({
        role: 'source',
        system,
        name,
        model,
        options: Object.freeze({ ...options }),
        decode,
      })
    },
    write(name, model, options) {
      checkName('channel', name)
      checkOptionNames(channelId({ system, name }), options, writeNames)
      foldersOf(options.folder)
      options.format.writer(options.encoding ?? 'utf-8')
      const effect = probed(idempotent)
      return Object.freeze({
        role: 'sink',
        system,
        name,
        model,
        options: Object.freeze({ ...options }),
        effect,
      })
    },
  }
}

/** One with a folder in it fits no name, and nothing would ever be read. */
function checkPattern(channel: string, pattern: unknown): void {
  if (typeof pattern === 'string' && pattern !== '' && !/[/\\]/.test(pattern)) return
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${channel} has the pattern ${JSON.stringify(pattern)}. It is one of names, such as "*.csv"; where the files are is said by "folder".`,
  )
}
