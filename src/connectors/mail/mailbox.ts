import { once } from 'node:events'
import type { ImapFlow } from 'imapflow'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { pause } from '../../system/patience.ts'
import { loadImapflow } from './driver.ts'
import { notLetIn, type Server, unreachable } from './server.ts'

/** What is known of a mail before it is read. */
export interface MailHead {
  readonly uid: number
  readonly size: number
}

/** `came` is when the server got it. */
export interface MailSource {
  readonly bytes: Buffer
  readonly came: Date
}

/** A mailbox, open on a connection of its own. Whoever opened it closes it; it is cut when the signal aborts. */
export class Mailbox {
  /** While it is the same, numbers of mails mean the same. Source: RFC 3501, 2.3.1.1. */
  readonly validity: string
  readonly #client: ImapFlow
  readonly #system: string
  readonly #signal: AbortSignal
  readonly #cut = () => this.#client.close()
  /** The server has told of new mail since it was last asked for some: it does so in any answer, and once. */
  #isTold = false

  /** Of no mailbox if `path` is undefined: only to see whether the server lets us in. */
  static async open(server: Server, path: string | undefined, signal: AbortSignal): Promise<Mailbox> {
    const client = await clientFor(server)
    const cut = () => client.close()
    signal.addEventListener('abort', cut)
    try {
      signal.throwIfAborted()
      await client.connect()
      const opened = path === undefined ? undefined : await client.mailboxOpen(path)
      return new Mailbox(client, String(opened?.uidValidity), server.system, signal)
    } catch (error) {
      client.close()
      throw failureOf(error, server.system)
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  private constructor(client: ImapFlow, validity: string, system: string, signal: AbortSignal) {
    this.validity = validity
    this.#client = client
    this.#system = system
    this.#signal = signal
    client.on('exists', () => {
      this.#isTold = true
    })
    signal.addEventListener('abort', this.#cut)
    if (signal.aborted) this.#cut()
  }

  /** Mails behind a number, the oldest first. */
  after(uid: number): Promise<MailHead[]> {
    this.#isTold = false
    return this.#ask(async client => {
      const found: MailHead[] = []
      // The last one is always in such a range, whatever its number.
      for await (const mail of client.fetch(`${uid + 1}:*`, { uid: true, size: true }, { uid: true }))
        if (mail.uid > uid) found.push({ uid: mail.uid, size: mail.size ?? 0 })
      return found.sort((a, b) => a.uid - b.uid)
    })
  }

  /** The first bytes of some mails, by number, but for those that are gone. Of one that the server does not give, none. */
  sources(uids: readonly number[], maxLength: number): Promise<Map<number, MailSource>> {
    return this.#ask(async client => {
      const found = new Map<number, MailSource>()
      const query = { uid: true, source: { maxLength }, internalDate: true }
      // What the server says of a mail by itself, such as new flags, has no date.
      for await (const { uid, source, internalDate } of client.fetch([...uids].join(), query, { uid: true }))
        if (source || (internalDate !== undefined && !found.has(uid)))
          found.set(uid, { bytes: source || Buffer.alloc(0), came: new Date(internalDate ?? 0) })
      return found
    })
  }

  /** Marks mails as seen, or moves them; false if the server does not. `range` as the protocol has it: `7`, `1:12`. */
  finish(range: string, how: 'seen' | { readonly moveTo: string }): Promise<boolean> {
    return this.#ask(async client => {
      if (how === 'seen') return client.messageFlagsAdd(range, ['\\Seen'], { uid: true })
      return (await client.messageMove(range, how.moveTo, { uid: true })) !== false
    })
  }

  make(path: string): Promise<void> {
    return this.#ask(async client => void (await client.mailboxCreate(path)))
  }

  /** Resolves when new mail may be there, and after some milliseconds at the latest. */
  async wait(milliseconds: number): Promise<void> {
    if (this.#isTold) return
    const ending = new AbortController()
    const either = AbortSignal.any([ending.signal, this.#signal])
    const idling = this.#client.idle().catch(() => {})
    const told = once(this.#client, 'exists', { signal: either }).catch(() => {})
    const lost = once(this.#client, 'close', { signal: either }).catch(() => {})
    await Promise.race([told, lost, pause(milliseconds, either)])
    ending.abort()
    // Another command ends the waiting at the server.
    await this.#ask(async client => client.noop())
    await idling
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#cut)
    this.#client.close()
  }

  async #ask<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    try {
      return await work(this.#client)
    } catch (error) {
      throw failureOf(error, this.#system)
    }
  }
}

async function clientFor(server: Server): Promise<ImapFlow> {
  const { ImapFlow } = await loadImapflow()
  const { port, isTls, needsTls, user = '', password, connectTimeout, timeout, tls } = server
  const client = new ImapFlow({
    host: await server.address(),
    port,
    secure: isTls,
    ...(!isTls && { doSTARTTLS: needsTls }),
    ...(tls.servername !== undefined && { servername: tls.servername }),
    tls,
    auth: { user, pass: password },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: connectTimeout,
    greetingTimeout: connectTimeout,
    socketTimeout: timeout,
  })
  // What it says shows in the call that is under way, or in the next one.
  client.on('error', () => {})
  return client
}

function failureOf(error: unknown, system: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const { authenticationFailed, responseStatus, responseText } = error as {
    authenticationFailed?: boolean
    responseStatus?: string
    responseText?: string
  }
  if (authenticationFailed) return notLetIn(error, 'IMAP', system)
  if (responseStatus !== 'NO' && responseStatus !== 'BAD') return unreachable(error, 'IMAP', system)
  const text = `The IMAP server of ${system} refuses: ${responseText ?? reasonOf(error)}. Check the mailbox, and what the user may do.`
  return new IsthmusError('TARGET-CONTRACT', text, { cause: error, fate: 'pause' })
}
