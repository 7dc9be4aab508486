import { IsthmusError, reasonOf } from '../../errors.ts'
import { base64Bytes } from '../../message/codec/base64.ts'
import type { OutgoingMail, SendOptions } from './config.ts'
import { loadNodemailer } from './driver.ts'

/** A mail as it goes over the line. */
export interface ComposedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly bytes: Buffer
}

/** Makes the mail of a record. Throws TARGET-REFUSED for what cannot be sent as it is. */
export async function compose(
  record: unknown,
  effectKey: string,
  options: SendOptions,
): Promise<ComposedMail> {
  const { MailComposer, parseAddresses } = await loadNodemailer()
  const mail = mailOf(record, options)
  const one = (text: unknown) => addressIn(text, value => parseAddresses(value))
  const from = one(options.from)
  const [to, cc, bcc] = [mail.to, mail.cc ?? [], mail.bcc ?? []].map(each => [each].flat().map(one))
  const receivers = [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])]
  if (receivers.length === 0) throw new Refusal('there is nobody in "to"')
  if (mail.text === undefined && mail.html === undefined) throw new Refusal('there is neither text nor html')
  const composer = new MailComposer({
    from,
    to: to ?? [],
    cc: cc ?? [],
    ...(mail.replyTo !== undefined && { replyTo: one(mail.replyTo) }),
    subject: line(mail.subject, 'subject'),
    messageId: `<${line(effectKey, 'effect key')}@${from.address.split('@').at(-1)}>`,
    ...(mail.text !== undefined && { text: wellFormed(mail.text) }),
    ...(mail.html !== undefined && { html: wellFormed(mail.html) }),
    attachments: (mail.attachments ?? []).map(({ name, content, contentType }) => ({
      filename: line(name, 'name of an attachment'),
      content: bytesIn(content, name),
      // A mail within the mail would otherwise go as it is, with its line ends changed.
      contentTransferEncoding: 'base64' as const,
      ...(contentType !== undefined && { contentType: typeIn(contentType) }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const bytes = await composer.compile().build()
  return { from: from.address, to: receivers.map(({ address }) => address), bytes }
}

class Refusal extends IsthmusError {
  constructor(reason: string) {
    super('TARGET-REFUSED', `the mail cannot be sent: ${reason}`)
  }
}

function mailOf(record: unknown, { mail }: SendOptions): OutgoingMail {
  try {
    return mail(record)
  } catch (error) {
    throw new Refusal(`the function "mail" fails: ${reasonOf(error)}`)
  }
}

interface Address {
  readonly name: string
  readonly address: string
}

/** A text of data must not become two addresses, nor a group. */
function addressIn(text: unknown, parse: (text: string) => readonly object[]): Address {
  const found = parse(line(text, 'address')) as readonly Partial<Address & { group: unknown }>[]
  const [{ name = '', address = '', group } = {}] = found
  if (found.length === 1 && !group && /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(address))
    return { name, address }
  throw new Refusal(`"${text}" is not one address`)
}

/** Whoever may put a line end into a head may put anything into it. */
function line(text: unknown, what: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
  if (typeof text === 'string' && !/[\x00-\x1f\x7f]/.test(text)) return wellFormed(text)
  throw new Refusal(`the ${what} is not a text in one line`)
}

function wellFormed(text: unknown): string {
  if (typeof text === 'string' && text.isWellFormed()) return text
  throw new Refusal('it holds half of a character')
}

/** What is said to have parts would be taken for the begin of some, and its bytes be left out. */
function typeIn(contentType: unknown): string {
  const text = line(contentType, 'content type')
  if (!/^\s*multipart\//i.test(text)) return text
  throw new Refusal(`an attachment cannot be of the type ${text.slice(0, 60)}`)
}

function bytesIn(content: unknown, name: string): Buffer {
  const bytes = typeof content === 'string' ? base64Bytes(content.replace(/\s+/g, '')) : undefined
  if (bytes !== undefined) return bytes
  throw new Refusal(`the attachment ${name} is not base64`)
}
