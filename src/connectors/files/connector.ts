import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, idempotent, probed } from '../../system/effect.ts'
import { checkOptionNames } from '../../system/option-names.ts'
import { describeSetting } from '../../system/setting.ts'
import { checkName } from '../../system/system.ts'
import {
  defaultEvery,
  defaultSettle,
  type FilesOptions,
  type ReadOptions,
  type WriteOptions,
} from './config.ts'
import { existingFolder, foldersOf } from './folders.ts'
import { filesNames, readNames, writeNames } from './names.ts'
import { FilesSink } from './sink.ts'
import { FilesSource } from './source.ts'

export interface FilesChannels {
  /**
   * Delivers the records of files that others put into a folder. A file is taken once it is complete; when its last
   * record is accepted it goes to the sub-folder `done`, or, where it cannot be read further, to `failed`.
   */
  read<T>(name: string, model: Model<T>, options: ReadOptions<T>): SourceChannel<T>
  /**
   * Writes one file per message, complete at once under its name. A repeated write has the same name, so that a
   * reader who has seen that name has seen the message.
   */
  write<T>(
    name: string,
    model: Model<T>,
    options: WriteOptions<T>,
  ): SinkChannel<T, Effect<'idempotent', true>>
}

/** Files in a folder, on this machine or on a mounted share. */
export function files(options: FilesOptions): Connector<FilesChannels> {
  checkOptionNames('files()', options, filesNames)
  return Object.freeze({
    name: 'files',
    summary: Object.freeze({ folder: describeSetting(options.folder) }),
    channels: channelsOf,
    connect: (context: ConnectContext) => connect(options, context),
  })
}

function channelsOf(system: string): FilesChannels {
  return {
    read(name, model, options) {
      checkName('channel', name)
      checkOptionNames(channelId({ system, name }), options, readNames)
      foldersOf(options.folder)
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

async function connect(options: FilesOptions, context: ConnectContext): Promise<Connection> {
  const named = context.resolve(options.folder)
  await existingFolder(named)
  const base = await realpath(named)
  const own = (channel: { readonly system: string; readonly name: string }) => {
    if (channel.system === context.system) return
    throw new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} is not a channel of ${context.system}.`)
  }
  return {
    source(channel) {
      own(channel)
      return new FilesSource(channel, { base, now: context.now, log: context.log })
    },
    sink(channel) {
      own(channel)
      return new FilesSink(channel, base)
    },
    async check() {
      await existingFolder(base)
      await access(base, constants.R_OK | constants.W_OK | constants.X_OK).catch(error => {
        throw new IsthmusError(
          'CONFIG-INVALID',
          `This process may not read and write ${base}: ${reasonOf(error)}`,
        )
      })
    },
    async close() {},
  }
}
