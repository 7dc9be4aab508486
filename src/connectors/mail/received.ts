import { hash } from 'node:crypto'
import type { AddressObject, ParsedMail } from 'mailparser'
import { IsthmusError } from '../../errors.ts'
import { loadMailparser } from './driver.ts'
import type { Mail } from './models.ts'

/** Reads a mail. Throws MSG-DECODE for what would not be read as it was written; the parser, for more than 1,000 parts. */
export async function readMail(bytes: Buffer, came: Date): Promise<Mail> {
  const { simpleParser } = await loadMailparser()
  const parsed = await simpleParser(bytes, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    keepCidLinks: true,
    checksumAlgo: false,
  })
  const mail = mailOf(parsed, came)
  const { attachments, ...words } = mail
  for (const [name, value] of Object.entries({ ...words, attachments: attachments.map(each => each.name) }))
    if (JSON.stringify(value)?.includes('\ufffd'))
      throw new IsthmusError(
        'MSG-DECODE',
        `its ${name} has bytes that are no character in the declared encoding`,
      )
  return mail
}

function mailOf(parsed: ParsedMail, came: Date): Mail {
  const { messageId = '', subject = '', text = '', html, date } = parsed
  const [from] = addressesIn(parsed.from)
  const [replyTo] = addressesIn(parsed.replyTo)
  const isDate = date !== undefined && !Number.isNaN(date.getTime())
  return {
    messageId,
    ...(from && { from }),
    to: addressesIn(parsed.to),
    cc: addressesIn(parsed.cc),
    ...(replyTo && { replyTo }),
    subject,
    date: (isDate ? date : came).toISOString(),
    text,
    ...(typeof html === 'string' && { html }),
    attachments: parsed.attachments.map(({ filename = '', contentType, content }) => ({
      name: filename,
      contentType,
      size: content.length,
      content: content.toString('base64'),
    })),
  }
}

function addressesIn(found: AddressObject | AddressObject[] | undefined): Mail['to'] {
  return [found ?? []]
    .flat()
    .flatMap(({ value }) =>
      value.flatMap(each => (each.group ?? [each]).map(({ name = '', address = '' }) => ({ name, address }))),
    )
}

/** Of a mail, by what its sender gave it; `place` stands for one without. Long ones are shortened, so that they differ. */
export function identityOf(messageId: string, place: string): string {
  if (messageId === '') return place
  return messageId.length > 250 ? `sha256:${hash('sha256', messageId)}` : messageId
}
