import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import { channelId, type SinkChannel, type SourceChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Sink, Source } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { type MailChannels, mailChannels, ownChannels } from './channels.ts'
import type { MailOptions, MailsOptions, SendOptions } from './config.ts'
import { Mailbox } from './mailbox.ts'
import { mailNames } from './names.ts'
import { type Server, serverOf } from './server.ts'
import { MailSink } from './sink.ts'
import { SmtpSession } from './smtp-session.ts'
import { MailSource } from './source.ts'

/** Mail: read by IMAP (with `imapflow` and `mailparser`), sent by SMTP (with `nodemailer`). */
export function mail(options: MailOptions): Connector<MailChannels> {
  checkOptionNames('mail()', options, mailNames)
  const { imap, smtp, user, connectTimeout, timeout } = options
  for (const time of [connectTimeout, timeout]) if (time !== undefined) parseDuration(time)
  return {
    name: 'mail',
    summary: Object.freeze({
      imap: imap && describeSetting(imap),
      smtp: smtp && describeSetting(smtp),
      user: user && describeSetting(user),
    }),
    channels: mailChannels,
    connect: async context => new MailConnection(options, context),
  }
}

/** Opening it connects to nothing yet. Each run of a source and each call of a sink has a connection of its own. */
class MailConnection implements Connection {
  readonly #context: ConnectContext
  readonly #imap: Server | undefined
  readonly #smtp: Server | undefined
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(options: MailOptions, context: ConnectContext) {
    const { imap, smtp, user } = options
    this.#context = context
    this.#imap = imap === undefined ? undefined : serverOf('imap', imap, options, context)
    this.#smtp = smtp === undefined ? undefined : serverOf('smtp', smtp, options, context)
    if (imap !== undefined && user === undefined)
      throw new IsthmusError('CONFIG-INVALID', `System ${context.system} needs a user to read mail.`)
  }

  source(channel: SourceChannel<unknown>): Source {
    const options = ownChannels.optionsOf(channel, this.#context.system) as MailsOptions
    return new MailSource(this.#needed(this.#imap, 'imap', channel), options, this.#context)
  }

  sink(channel: SinkChannel<unknown>): Sink {
    const options = ownChannels.optionsOf(channel, this.#context.system) as SendOptions
    const server = this.#needed(this.#smtp, 'smtp', channel)
    const sink = new MailSink(channelId(channel), options, server)
    return {
      batch: sink.batch,
      concurrency: sink.concurrency,
      write: (items, signal) => {
        const call = sink.write(items, signal)
        this.#underWay.add(call)
        const end = () => this.#underWay.delete(call)
        call.then(end, end)
        return call
      },
    }
  }

  async check(): Promise<void> {
    const { signal } = new AbortController()
    if (this.#imap) (await Mailbox.open(this.#imap, undefined, signal)).close()
    if (this.#smtp) (await SmtpSession.open(this.#smtp, signal)).close()
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  #needed(server: Server | undefined, option: string, channel: { system: string; name: string }): Server {
    if (server) return server
    const text = `${channelId(channel)} needs the option "${option}" of the system.`
    throw new IsthmusError('FLOW-DEFINITION', text)
  }
}
