import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Reference, Setting } from '../../system/setting.ts'
import type { TlsOptions } from '../http/tls.ts'

/** Where mail is read and sent. */
export interface MailOptions {
  /** For reading: `imap://host`, encrypted after a command, or `imaps://host`; ports 143 and 993 unless it says another. */
  readonly imap?: Setting | undefined
  /** For sending: `smtp://host`, encrypted after a command, or `smtps://host`; ports 587 and 465 unless it says another. */
  readonly smtp?: Setting | undefined
  /** Who logs in. Default: nobody; to read mail a user is needed. */
  readonly user?: Setting | undefined
  /** Of `user`. */
  readonly password?: Reference | undefined
  /** `none` speaks to `imap://` and `smtp://` in clear, the password included. Default `required`. */
  readonly encryption?: 'required' | 'none' | undefined
  /** The server must show a certificate for its name. Default: from an authority that Node knows, and we show none. */
  readonly tls?: TlsOptions | undefined
  /** How long to wait for the connection and the greeting. Default `10s`. */
  readonly connectTimeout?: string | undefined
  /** A server that gives no sign for so long is taken for gone. Default `30s`. */
  readonly timeout?: string | undefined
}

/** Which mails are read. */
export interface MailsOptions {
  /** Default `INBOX`. */
  readonly mailbox?: string | undefined
  /** What is done with a mail once it is accepted: it is marked as seen, moved, or left alone. A mailbox to move to is made where it is missing. Default `seen`. */
  readonly accepted?: 'seen' | 'nothing' | { readonly moveTo: string } | undefined
  /** Bytes of the largest mail that is read. A larger one is set aside with its begin. Default 25,000,000. */
  readonly maxBytes?: number | undefined
  /** Longest pause between two looks; a server that can tells of new mail at once. Default `1m`. */
  readonly every?: string | undefined
}

/** One message for each attachment of the mails. */
export interface AttachmentsOptions extends MailsOptions {
  /** Names of the attachments; `*` and `?` as usual, upper and lower case being the same: `orders-*.csv`. */
  readonly pattern: string
}

/** How a record becomes a mail. */
export interface SendOptions<T = unknown, K extends EffectKind = EffectKind> {
  /** The sender, one address: `erp@example.com` or `ERP <erp@example.com>`. */
  readonly from: string
  /** What is sent. Texts that hold line ends where none may be are refused. */
  readonly mail: (record: T) => OutgoingMail
  /** What sending twice does: `irreversible`, unless the receivers drop a mail whose Message-ID they have seen. */
  readonly effect: Effect<K, false>
}

/** A mail to send. An address is `ann@example.com` or `Ann <ann@example.com>`. */
export interface OutgoingMail {
  /** One address or several, each in a text of its own. */
  readonly to: string | readonly string[]
  /** Default: nobody. */
  readonly cc?: readonly string[] | undefined
  /** Receivers that the others do not see. Default: nobody. */
  readonly bcc?: readonly string[] | undefined
  /** Where answers go. Default: to the sender. */
  readonly replyTo?: string | undefined
  /** In one line. */
  readonly subject: string
  /** `text`, `html` or both are needed. */
  readonly text?: string | undefined
  /** For programs that show it; `text` should say the same. */
  readonly html?: string | undefined
  /** Default: none. */
  readonly attachments?: readonly OutgoingFile[] | undefined
}

/** An attachment to send. */
export interface OutgoingFile {
  /** As the receiver sees it. */
  readonly name: string
  /** The bytes in base64, as in an attachment that was received. */
  readonly content: string
  /** Default: what the name's ending usually means. */
  readonly contentType?: string | undefined
}

export const defaultMaxBytes = 25_000_000
export const defaultEvery = '1m'
