export type { MailChannels } from './channels.ts'
export type {
  AttachmentsOptions,
  MailOptions,
  MailsOptions,
  OutgoingFile,
  OutgoingMail,
  SendOptions,
} from './config.ts'
export { mail } from './connector.ts'
export { Mail, MailFile } from './models.ts'
