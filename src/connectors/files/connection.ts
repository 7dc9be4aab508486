import { IsthmusError } from '../../errors.ts'
import { channelId } from '../../system/channel.ts'
import type { ConnectContext, Connection } from '../../system/connector.ts'
import type { DriveAccess } from './drive.ts'
import { FilesSink } from './sink.ts'
import { FilesSource } from './source.ts'

/** The roles of the channels over any drive. */
export function connectionOf(drives: DriveAccess, context: ConnectContext): Connection {
  const own = (channel: { readonly system: string; readonly name: string }) => {
    if (channel.system === context.system) return
    throw new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} is not a channel of ${context.system}.`)
  }
  return {
    source(channel) {
      own(channel)
      return new FilesSource(channel, { drives, now: context.now, log: context.log })
    },
    sink(channel) {
      own(channel)
      return new FilesSink(channel, drives)
    },
    check: () => drives.check(),
    close: () => drives.close(),
  }
}
