import { type Static, Type } from 'typebox'
import { model } from '../../model/model.ts'

const Text = Type.String()
const Address = Type.Object({ name: Text, address: Text })
const Addresses = Type.Array(Address)
const file = { name: Text, contentType: Text, size: Type.Integer(), content: Text }
const head = {
  /** As the sender's program gave it, with its brackets; '' where it gave none. */
  messageId: Text,
  from: Type.Optional(Address),
  to: Addresses,
  cc: Addresses,
  subject: Text,
  /** In UTC, when the mail says that it was written, or else when it came. */
  date: Text,
}

const MailSchema = Type.Object({
  ...head,
  replyTo: Type.Optional(Address),
  text: Text,
  /** As the sender wrote it: show it nowhere as it is. */
  html: Type.Optional(Text),
  attachments: Type.Array(Type.Object(file)),
})
const MailFileSchema = Type.Object({ ...head, ...file })

export type Mail = Static<typeof MailSchema>
export type MailFile = Static<typeof MailFileSchema>

/** A mail that was received. `content` of attachments is in base64, their `size` in bytes. */
export const Mail = model('Mail', {
  version: 1,
  schema: MailSchema,
  pii: ['from', 'to', 'cc', 'replyTo', 'subject', 'text', 'html', 'attachments'],
})

/** An attachment with the head of its mail. */
export const MailFile = model('MailFile', {
  version: 1,
  schema: MailFileSchema,
  pii: ['from', 'to', 'cc', 'subject', 'content'],
})
