import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { SendOptions } from './config.ts'
import { type ComposedMail, compose } from './outgoing.ts'
import type { Server } from './server.ts'
import { SmtpSession } from './smtp-session.ts'

/** Sends a mail for each record, those of one call over one connection. */
export class MailSink implements Sink {
  readonly batch = 20
  readonly concurrency = 4
  readonly #channel: string
  readonly #options: SendOptions
  readonly #server: Server

  constructor(channel: string, options: SendOptions, server: Server) {
    this.#channel = channel
    this.#options = options
    this.#server = server
  }

  async write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    const composed = await Promise.all(
      items.map(({ data, effectKey }) =>
        compose(data, effectKey, this.#options).catch(error => this.#named(error)),
      ),
    )
    const answers: Answer[] = []
    let session: SmtpSession | undefined
    for (const mail of composed) {
      if (mail instanceof Error) {
        answers.push({ ok: false, error: mail })
        continue
      }
      try {
        session ??= await SmtpSession.open(this.#server, signal)
        answers.push(await sent(session, mail))
      } catch (error) {
        // What the server thinks of the mail that it did not take, the next one need not know.
        session?.close()
        session = undefined
        answers.push({ ok: false, error: this.#named(error) })
      }
    }
    session?.close()
    return answers
  }

  #named(error: unknown): Error {
    if (!(error instanceof IsthmusError)) return new Error(`${this.#channel}: ${reasonOf(error)}`)
    const { code, fate, detail, message, cause } = error
    return new IsthmusError(code, `${this.#channel}: ${message}`, { cause, fate, detail: { ...detail } })
  }
}

async function sent(session: SmtpSession, mail: ComposedMail): Promise<Answer> {
  const response = await session.send(mail)
  return { ok: true, result: { response: response.slice(0, 200) } }
}
