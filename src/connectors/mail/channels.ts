import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import { OwnChannels } from '../own-channels.ts'
import type { AttachmentsOptions, MailsOptions, SendOptions } from './config.ts'
import { Mail, MailFile } from './models.ts'
import { attachmentsNames, mailsNames, sendNames } from './names.ts'

/** What a system with this connector can declare. */
export interface MailChannels {
  /** A source: each mail of a mailbox. */
  mails(name: string, options?: MailsOptions): SourceChannel<Mail>
  /** A source: each attachment of the mails of a mailbox whose name fits. */
  attachments(name: string, options: AttachmentsOptions): SourceChannel<MailFile>
  /** A sink: sends a mail for each record. */
  send<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: SendOptions<T, K>,
  ): SinkChannel<T, Effect<K, false>>
}

export type ChannelOptions = MailsOptions | AttachmentsOptions | SendOptions

export const ownChannels = new OwnChannels<ChannelOptions>('mail')

export function mailChannels(system: string): MailChannels {
  const channels = {
    mails(name: string, options: MailsOptions = {}) {
      checkOptionNames(channelId({ system, name }), options, mailsNames)
      checkMails(options)
      return ownChannels.make(system, { role: 'source', name, model: Mail, options })
    },
    attachments(name: string, options: AttachmentsOptions) {
      checkOptionNames(channelId({ system, name }), options, attachmentsNames)
      checkMails(options)
      return ownChannels.make(system, { role: 'source', name, model: MailFile, options })
    },
    send(name: string, model: Model<unknown>, options: SendOptions) {
      checkOptionNames(channelId({ system, name }), options, sendNames)
      const { effect } = options
      return ownChannels.make(system, { role: 'sink', name, model, effect, options })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as MailChannels
}

function checkMails({ every, maxBytes }: MailsOptions): void {
  if (every !== undefined) parseDuration(every)
  if (maxBytes === undefined || (Number.isInteger(maxBytes) && maxBytes > 0)) return
  throw new IsthmusError('FLOW-DEFINITION', `"maxBytes" is a whole number from 1 on, not ${maxBytes}.`)
}
