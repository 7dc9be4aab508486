import type { OptionNames } from '../../message/option-names.ts'
import { tlsNames } from '../http/tls.ts'
import type { AttachmentsOptions, MailOptions, MailsOptions, SendOptions } from './config.ts'

export const mailNames: OptionNames<MailOptions> = {
  imap: true,
  smtp: true,
  user: true,
  password: true,
  encryption: true,
  tls: tlsNames,
  connectTimeout: true,
  timeout: true,
}

export const mailsNames: OptionNames<MailsOptions> = {
  mailbox: true,
  accepted: true,
  maxBytes: true,
  every: true,
}

export const attachmentsNames: OptionNames<AttachmentsOptions> = { ...mailsNames, pattern: 'needed' }

export const sendNames: OptionNames<SendOptions> = { from: 'needed', mail: 'needed', effect: 'needed' }
