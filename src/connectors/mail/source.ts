import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Delivery } from '../../message/message.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { matcher } from '../name-pattern.ts'
import { type AttachmentsOptions, defaultEvery, defaultMaxBytes, type MailsOptions } from './config.ts'
import { type MailSource as MailBytes, Mailbox, type MailHead } from './mailbox.ts'
import { identityOf, readMail } from './received.ts'
import type { Server } from './server.ts'

/** The number of the last mail that was accepted, and what makes numbers valid. */
type MailPosition = { readonly validity: string; readonly uid: number }

/** Of one call; a larger mail goes alone. */
const mostMails = 50
const mostBytes = 4_000_000

/** Of a mail that is too large, for people to see what it is. */
const beginBytes = 16_384

/** Reads the mails of a mailbox in the order of their numbers, and then waits for new ones. */
export class MailSource implements Source {
  readonly #server: Server
  readonly #options: MailsOptions & Partial<AttachmentsOptions>
  readonly #context: ConnectContext
  readonly #maxBytes: number

  constructor(server: Server, options: MailsOptions, context: ConnectContext) {
    this.#server = server
    this.#options = options
    this.#context = context
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    let box: Mailbox | undefined
    try {
      const known = (await intake.position()) as MailPosition | undefined
      const opened = await this.#turn(signal, () =>
        Mailbox.open(this.#server, this.#options.mailbox ?? 'INBOX', signal),
      )
      box = opened
      checkPlace(known, opened, this.#options.mailbox ?? 'INBOX', this.#server.system)
      await this.#read(opened, known?.uid ?? 0, intake, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      box?.close()
    }
  }

  async #read(box: Mailbox, from: number, intake: Intake, signal: AbortSignal): Promise<void> {
    const { every = defaultEvery, accepted } = this.#options
    if (typeof accepted === 'object') await this.#turn(signal, () => box.make(accepted.moveTo))
    let last = from
    // What was accepted just before the connection was lost.
    if (last > 0) await this.#finish(box, `1:${last}`, signal)
    while (!signal.aborted) {
      const found = await this.#turn(signal, () => box.after(last))
      for (const heads of inBatches(found, this.#maxBytes)) {
        const uids = heads.map(({ uid }) => uid)
        const deliveries = await this.#deliveries(box, heads, signal)
        last = heads.at(-1)?.uid ?? last
        const position: MailPosition = { validity: box.validity, uid: last }
        if (!(await acceptPatiently(intake, deliveries, { position }, signal))) return
        await this.#finish(box, uids.join(), signal)
      }
      await box.wait(parseDuration(every))
    }
  }

  async #finish(box: Mailbox, range: string, signal: AbortSignal): Promise<void> {
    const { accepted = 'seen' } = this.#options
    if (accepted === 'nothing' || (await this.#turn(signal, () => box.finish(range, accepted)))) return
    const what = accepted === 'seen' ? 'marked as seen' : `moved to ${accepted.moveTo}`
    const text = `The IMAP server of ${this.#server.system} has not ${what} what was accepted of`
    if (!signal.aborted)
      this.#context.log('warn', `${text} ${this.#options.mailbox ?? 'INBOX'}: mails ${range}.`)
  }

  /** None for a mail that somebody took away meanwhile, or without a fitting attachment. */
  async #deliveries(box: Mailbox, heads: readonly MailHead[], signal: AbortSignal): Promise<Delivery[]> {
    const isTooLarge = heads.some(({ size }) => size > this.#maxBytes)
    const length = isTooLarge ? beginBytes : this.#maxBytes + 1
    const uids = heads.map(({ uid }) => uid)
    const found = await this.#turn(signal, () => box.sources(uids, length))
    const deliveries: Delivery[] = []
    for (const { uid, size } of heads) {
      const mail = found.get(uid)
      const place = { uid, size, id: `${box.validity}:${uid}` }
      if (mail !== undefined) deliveries.push(...(await this.#deliveriesOf(place, mail)))
    }
    return deliveries
  }

  async #deliveriesOf(place: MailHead & { id: string }, { bytes, came }: MailBytes): Promise<Delivery[]> {
    const defect = (reason: string) => [{ id: place.id, body: bytes, defect: `mail ${place.uid}: ${reason}` }]
    if (Math.max(place.size, bytes.length) > this.#maxBytes)
      return defect(`it has ${place.size} bytes, more than the ${this.#maxBytes} of "maxBytes"`)
    if (bytes.length === 0) return defect('the server gives nothing of it')
    try {
      const { attachments, ...mail } = await readMail(bytes, came)
      const id = identityOf(mail.messageId, place.id)
      const time = came.getTime()
      const { pattern } = this.#options
      if (pattern === undefined) return [{ id, time, data: { ...mail, attachments } }]
      const isWanted = matcher(pattern)
      const { text: _text, html: _html, replyTo: _replyTo, ...head } = mail
      return attachments.flatMap((file, n) =>
        isWanted(file.name) ? [{ id: `${id}#${n}`, time, data: { ...head, ...file } }] : [],
      )
    } catch (error) {
      if (error instanceof IsthmusError && error.code !== 'MSG-DECODE') throw error
      return defect(reasonOf(error))
    }
  }

  async #turn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const done = await this.#context.turn(signal)
    try {
      const result = await work()
      done()
      return result
    } catch (error) {
      done(error)
      throw error
    }
  }
}

function checkPlace(known: MailPosition | undefined, box: Mailbox, path: string, system: string): void {
  if (known === undefined || known.validity === box.validity) return
  const text =
    `A gap is possible: the mailbox ${path} of ${system} has begun to number its mails anew, as after it was ` +
    'restored. To go on: see which of its mails were accepted, and give the channel another name, so that it ' +
    'is read from the beginning; mails with a Message-ID are accepted once.'
  throw new IsthmusError('SOURCE-GAP', text, { detail: { known: known.validity, now: box.validity } })
}

/** What is larger than `limit` goes alone. */
function* inBatches(heads: readonly MailHead[], limit: number): Generator<readonly MailHead[]> {
  let batch: MailHead[] = []
  let bytes = 0
  for (const head of heads) {
    const isFull = batch.length === mostMails || bytes + head.size > Math.min(mostBytes, limit)
    if (batch.length > 0 && isFull) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(head)
    bytes += head.size
  }
  if (batch.length > 0) yield batch
}
