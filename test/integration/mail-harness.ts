import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { chown, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ImapFlow } from 'imapflow'
import { type MailChannels, type MailOptions, mail } from '../../src/connectors/mail/index.ts'
import type { Connection } from '../../src/system/connector.ts'
import { secret } from '../../src/system/setting.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { until } from './files-harness.ts'
import { patientAnswers } from './patience.ts'

const given = process.env.ISTHMUS_TEST_MAIL
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_MAIL is not set: see scripts/servers/mail.ts for what it holds')

/** For `skip` of node:test. */
export const withoutMail = given === undefined ? 'no mail server: ISTHMUS_TEST_MAIL is not set' : false

const address = new URL(given ?? 'imap://absent.invalid')
const parameter = (name: string) => address.searchParams.get(name) ?? ''

export const ports = {
  imap: Number(address.port),
  imaps: Number(parameter('imaps')),
  smtp: Number(parameter('smtp')),
  smtps: Number(parameter('smtps')),
}

/** What `secret` in tests stands for. */
export const settings = {
  PASSWORD: address.password,
  WRONG: 'not-the-password',
  CA: given === undefined ? '' : readFileSync(parameter('ca'), 'utf8'),
}

/** Somebody of their own, with an empty mailbox, who looks into it. */
export interface TestUser {
  readonly name: string
  readonly address: string
  readonly client: ImapFlow
  /** Puts a mail into a mailbox as it is. */
  put(source: string | Buffer, mailbox?: string): Promise<void>
  /** Lets a mail arrive in the inbox, as the server for incoming mail does: quicker than `put`, behind those before. */
  arrive(source: string | Buffer): Promise<void>
  /** The mails of a mailbox, as they are. */
  mails(mailbox?: string): Promise<{ uid: number; flags: Set<string>; source: string }[]>
  destroy(): Promise<void>
}

export async function mailUser(): Promise<TestUser> {
  let arrivals = 0
  const name = `u${randomBytes(6).toString('hex')}`
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: ports.imaps,
    secure: true,
    tls: { ca: settings.CA },
    auth: { user: name, pass: settings.PASSWORD },
    logger: false,
    disableAutoIdle: true,
  })
  client.on('error', () => {})
  await client.connect()
  await client.mailboxOpen('INBOX')
  return {
    name,
    address: `${name}@test`,
    client,
    async put(source, mailbox = 'INBOX') {
      await client.append(mailbox, source)
    },
    async arrive(source) {
      const box = boxOf(name)
      // Source: the Maildir format; the names are in the order of the mails.
      const file = `${1_700_000_000 + arrivals++}.P1.test`
      const draft = join(box, 'tmp', file)
      await writeFile(draft, source)
      const { uid, gid } = await stat(box)
      await chown(draft, uid, gid)
      await rename(draft, join(box, 'new', file))
    },
    async mails(mailbox = 'INBOX') {
      await client.mailboxOpen(mailbox)
      const found = await client.fetchAll('1:*', { uid: true, flags: true, source: true }).catch(() => [])
      return found.map(({ uid, flags = new Set(), source }) => ({ uid, flags, source: String(source) }))
    },
    destroy: () => client.logout(),
  }
}

/** The same, gone with the test. */
export async function testUser(t: TestContext): Promise<TestUser> {
  const user = await mailUser()
  t.after(() => user.destroy())
  return user
}

export function officeOf(user: string, options: Partial<MailOptions> = {}): System & MailChannels {
  return system('office', {
    kind: 'other',
    connector: mail({
      imap: `imaps://127.0.0.1:${ports.imaps}`,
      smtp: `smtp://127.0.0.1:${ports.smtp}`,
      user,
      password: secret('PASSWORD'),
      tls: { ca: secret('CA') },
      ...patientAnswers,
      ...options,
    }),
  })
}

export function connectTo(
  office: System,
  over: Parameters<typeof connectContext>[0] = {},
): Promise<Connection> {
  return office.connector.connect(connectContext({ system: office.name, settings, ...over }))
}

/** What was sent is in its mailbox. */
export function delivered(): Promise<void> {
  return until(() =>
    readdirSync(parameter('queue'), { recursive: true }).every(name => !/-[HDJ]$/.test(String(name))),
  )
}

function boxOf(user: string): string {
  return join(parameter('queue'), '../../boxes', user, 'Maildir')
}

/** How many mails for somebody the servers have, on their way or in the mailbox; one may count twice when it arrives. */
export function storedFor(user: TestUser): number {
  const names = (path: string) => readdirSync(path, { recursive: true }).map(name => join(path, String(name)))
  const isForUser = (path: string) => {
    try {
      return readFileSync(path, 'latin1').includes(user.address)
    } catch {
      return false // it went on
    }
  }
  const waiting = names(parameter('queue')).filter(path => path.endsWith('-H') && isForUser(path))
  const box = boxOf(user.name)
  return waiting.length + names(join(box, 'new')).length + names(join(box, 'cur')).length
}

/** The text of a mail, with line ends as mails have them. */
export function rawMail(heads: Record<string, string>, body = ''): string {
  const lines = Object.entries(heads).map(([name, value]) => `${name}: ${value}`)
  return [...lines, '', ...body.split('\n')].join('\r\n')
}
