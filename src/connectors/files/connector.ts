import { realpath } from 'node:fs/promises'
import { checkOptionNames } from '../../message/option-names.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { describeSetting } from '../../system/setting.ts'
import { type FilesChannels, filesChannels } from './channels.ts'
import type { FilesOptions, FtpOptions, SftpOptions } from './config.ts'
import { connectionOf } from './connection.ts'
import { ftpAccess } from './ftp/access.ts'
import { existingFolder, localAccess } from './local-drive.ts'
import { filesNames, ftpNames, sftpNames } from './names.ts'
import { sftpAccess } from './sftp/access.ts'

/** Files in a folder, on this machine or on a mounted share. */
export function files(options: FilesOptions): Connector<FilesChannels> {
  checkOptionNames('files()', options, filesNames)
  return Object.freeze({
    name: 'files',
    summary: Object.freeze({ folder: describeSetting(options.folder) }),
    channels: filesChannels,
    async connect(context: ConnectContext): Promise<Connection> {
      const named = context.resolve(options.folder)
      await existingFolder(named)
      return connectionOf(localAccess(await realpath(named)), context)
    },
  })
}

/** Files in a folder of a server that is reached by SSH (with the package `ssh2`). */
export function sftp(options: SftpOptions): Connector<FilesChannels> {
  checkOptionNames('sftp()', options, sftpNames)
  checkTimes(options)
  const { url, user } = options
  return Object.freeze({
    name: 'sftp',
    summary: Object.freeze({ url: describeSetting(url), user: describeSetting(user) }),
    channels: filesChannels,
    connect: async (context: ConnectContext) => connectionOf(sftpAccess(options, context), context),
  })
}

/** Files in a folder of an FTP server, encrypted unless the options say otherwise (with the package `basic-ftp`). */
export function ftp(options: FtpOptions): Connector<FilesChannels> {
  checkOptionNames('ftp()', options, ftpNames)
  checkTimes(options)
  const { url, user, encryption = 'explicit' } = options
  return Object.freeze({
    name: 'ftp',
    summary: Object.freeze({ url: describeSetting(url), user: describeSetting(user), encryption }),
    channels: filesChannels,
    connect: async (context: ConnectContext) => connectionOf(ftpAccess(options, context), context),
  })
}

function checkTimes({ connectTimeout, timeout }: SftpOptions | FtpOptions): void {
  for (const time of [connectTimeout, timeout]) if (time !== undefined) parseDuration(time)
}
