import { allowedAddress } from '../../connectors/http/address-guard.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { EmailChannel } from '../../flow/alert-channel.ts'
import { type AlertMessage, wordsOf } from '../../observe/alerts/message.ts'
import { addressRule } from '../../system/network.ts'
import { refused } from './post.ts'
import type { Send, SendContext } from './sender.ts'

const patience = 20_000
const longestText = 200_000

/** Plain text over SMTP; the Message-ID of a repeat is that of the first. */
export function email(options: EmailChannel, context: SendContext): Send {
  return async (message, id) => {
    const transport = await transportOf(context.resolve(options.server), context)
    const to = context.resolve(options.to)
    try {
      const { rejected } = await transport.sendMail({
        from: context.resolve(options.from),
        to,
        subject: message.title.replace(/\s+/g, ' ').slice(0, 200),
        text: textOf(message, options.language).slice(0, longestText),
        messageId: `<${id}@isthmus.alerts>`,
        headers: { 'auto-submitted': 'auto-generated' },
      })
      if (rejected.length > 0) throw refused(`it does not take mail for ${rejected.length} of the addresses`)
    } catch (error) {
      if (error instanceof IsthmusError) throw error
      throw new IsthmusError('TARGET-UNAVAILABLE', `the mail was not taken: ${reasonOf(error)}`, {
        cause: error,
      })
    } finally {
      transport.close()
    }
  }
}

async function transportOf(server: string, { channel, resolve }: SendContext) {
  const { createTransport } = await loadNodemailer()
  if (!URL.canParse(server) || !/^smtps?:$/.test(new URL(server).protocol))
    throw new IsthmusError(
      'CONFIG-INVALID',
      'its server is smtps://user:password@host or smtp://user:password@host:587',
    )
  const { protocol, hostname, port, username, password } = new URL(server)
  const secure = protocol === 'smtps:'
  const { ca } = channel.options
  const allows = addressRule(channel.options.allow ?? [])
  const host = await allowedAddress(hostname, { system: channel.name, allows })
  const isHere = /^(127\.|::1$)/.test(host)
  return createTransport({
    ...{
      host,
      port: Number(port) || (secure ? 465 : 587),
      secure,
      requireTLS: !secure && !isHere,
    },
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    tls: {
      servername: hostname.replace(/^\[|\]$/g, ''),
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca: resolve(ca) }),
    },
    ...{ connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
}

function textOf({ items }: AlertMessage, language: 'en' | 'zh' = 'en'): string {
  const { open } = wordsOf(language)
  const parts = items.map(({ word, text, detail, link }) => {
    return [`${word}: ${text}`, detail, ...(link === undefined ? [] : [`${open}: ${link}`])].join('\n')
  })
  return `${parts.join('\n\n')}\n`
}

async function loadNodemailer() {
  try {
    return await import('nodemailer')
  } catch (cause) {
    const text =
      'Alerts by mail need the package nodemailer, and it is not installed. Run: npm install nodemailer'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
