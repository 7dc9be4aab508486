import { Readable } from 'node:stream'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { loadNodemailer } from './driver.ts'
import type { ComposedMail } from './outgoing.ts'
import { notLetIn, type Server, unreachable } from './server.ts'

interface SmtpError extends Error {
  readonly code?: string | undefined
  readonly responseCode?: number | undefined
}

/** A connection over which mails are sent one after the other. It is cut when the signal aborts. */
export class SmtpSession {
  readonly #connection: SMTPConnection
  readonly #system: string
  readonly #signal: AbortSignal
  readonly #cut = () => this.#connection.close()
  #fail: (error: Error) => void = () => {}
  /** There is somebody to take leave of. */
  #isReady = false
  isBroken = false

  /** Rejects if nothing can be sent; the user is named only when the connection is as encrypted as it should be. */
  static async open(server: Server, signal: AbortSignal): Promise<SmtpSession> {
    const session = new SmtpSession(await connectionFor(server), server.system, signal)
    const connection = session.#connection
    try {
      signal.throwIfAborted()
      await session
        .#call(done => connection.connect(done))
        .catch(error => {
          throw unreachable(error, 'SMTP', server.system)
        })
      const { user, password } = server
      session.#isReady = true
      if (user !== undefined)
        await session
          .#call(done => connection.login({ user, pass: password }, done))
          .catch(error => {
            const isRefused = ((error as SmtpError).responseCode ?? 0) >= 500
            throw (isRefused ? notLetIn : unreachable)(error, 'SMTP', server.system)
          })
      return session
    } catch (error) {
      session.close()
      throw unreachable(error, 'SMTP', server.system)
    }
  }

  private constructor(connection: SMTPConnection, system: string, signal: AbortSignal) {
    this.#connection = connection
    this.#system = system
    this.#signal = signal
    const end = (error?: Error) => {
      this.isBroken = true
      this.#fail(error ?? new Error('the connection was lost'))
    }
    connection.on('error', end)
    connection.on('end', () => end())
    signal.addEventListener('abort', this.#cut)
  }

  /** All receivers get it, or none. The answer of the server, if it took the mail. */
  async send({ from, to, bytes }: ComposedMail): Promise<string> {
    const envelope: { from: string; to: string[]; size: number; rejectedErrors?: SmtpError[] } = {
      from,
      to: [...to],
      size: bytes.length,
    }
    let isOnItsWay = false
    let refused: SmtpError | undefined
    // It is read when the server has answered for every receiver and wants the mail.
    const body = new Readable({
      read: () => {
        refused = envelope.rejectedErrors?.[0]
        if (refused) return this.#connection.close()
        isOnItsWay = true
        body.push(bytes)
        body.push(null)
      },
    })
    try {
      return await this.#call<{ response: string }>(done => this.#connection.send(envelope, body, done)).then(
        ({ response }) => response,
      )
    } catch (error) {
      throw this.#failureOf(refused ?? (error as SmtpError), isOnItsWay)
    } finally {
      body.destroy()
    }
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#cut)
    if (this.isBroken) return
    this.isBroken = true
    if (this.#isReady) this.#connection.quit()
    else this.#connection.close()
    setTimeout(() => this.#connection.close(), 1000).unref()
  }

  /** Source: RFC 5321, 4.2: who answered with 4 or 5 has not taken the mail; 503 is about the order of commands. */
  #failureOf(error: SmtpError, isOnItsWay: boolean): IsthmusError {
    const code = error.responseCode ?? 0
    const text = `The SMTP server of ${this.#system}`
    // Without an answer: larger than the server takes, or to an address that it cannot write.
    const isUnsendable = code === 0 && ['EMESSAGE', 'EENVELOPE'].includes(error.code ?? '')
    if (code >= 500 || isUnsendable)
      return new IsthmusError('TARGET-REFUSED', `${text} refuses: ${reasonOf(error)}`)
    if (code < 400 && isOnItsWay) {
      const why = `${text} got the mail and did not answer: ${reasonOf(error)}`
      return new IsthmusError('TARGET-UNANSWERED', why, { cause: error })
    }
    return new IsthmusError('TARGET-UNAVAILABLE', `${text} does not take the mail now: ${reasonOf(error)}`)
  }

  /** Rejects also when the connection ends. */
  #call<T = unknown>(begin: (done: (error?: Error | null, result?: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.isBroken || this.#signal.aborted) return reject(new Error('the connection was lost'))
      this.#fail = reject
      begin((error, result) => (error ? reject(error) : resolve(result as T)))
    })
  }
}

async function connectionFor(server: Server): Promise<SMTPConnection> {
  const { SMTPConnection } = await loadNodemailer()
  const { port, isTls, needsTls, connectTimeout, timeout, tls } = server
  return new SMTPConnection({
    host: await server.address(),
    port,
    secure: isTls,
    requireTLS: needsTls,
    ignoreTLS: !isTls && !needsTls,
    tls,
    connectionTimeout: connectTimeout,
    greetingTimeout: connectTimeout,
    socketTimeout: timeout,
    dnsTimeout: connectTimeout,
  })
}
