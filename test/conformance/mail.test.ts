import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simpleParser } from 'mailparser'
import { Type } from 'typebox'
import type { Mail } from '../../src/connectors/mail/index.ts'
import { model } from '../../src/model/model.ts'
import { irreversible } from '../../src/system/effect.ts'
import { describeSink, type SinkFixture } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import {
  connectTo,
  delivered,
  mailUser,
  officeOf,
  ports,
  rawMail,
  storedFor,
  withoutMail,
} from '../integration/mail-harness.ts'
import { startTcpProxy } from '../integration/tcp-proxy.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Number(), text: Type.String() }) })

if (withoutMail) {
  describe('mail', () => it('conforms', { skip: withoutMail }, () => {}))
} else {
  describeSource('mails', mailbox, {
    ordered: true,
    identified: true,
    resumable: true,
    readAhead: 50,
    unreadable: 'defect',
    tooLong: 'defect',
  })
  describeSink('mail send', receiver, { effect: 'irreversible' })
}

const maxBytes = 6_000_000

async function mailbox(): Promise<SourceFixture> {
  const user = await mailUser()
  const proxy = await startTcpProxy(ports.imaps)
  const office = officeOf(user.name, { imap: `imaps://127.0.0.1:${proxy.port}`, smtp: undefined })
  const channel = office.mails('mails', { every: '20ms', maxBytes })
  /** In the order of the mailbox; undefined for what is no record. */
  const order: (number | undefined)[] = []
  const put = (text: string, n?: number) => {
    order.push(n)
    return user.arrive(
      rawMail(
        {
          ...(n !== undefined && { 'Message-ID': `<${n}@test>` }),
          'Content-Type': 'text/plain; charset=utf-8',
          'Content-Transfer-Encoding': 'base64',
        },
        Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n'),
      ),
    )
  }
  const numberOf = (messageId: string) => Number(/<(\d+)@/.exec(messageId)?.[1])
  return {
    async put(records) {
      for (const { n, text } of records) await put(text, n)
    },
    putUnreadable() {
      order.push(undefined)
      const head = rawMail({ 'Content-Type': 'text/plain; charset=utf-8' }, 'a')
      return user.arrive(Buffer.concat([Buffer.from(head), Buffer.from([0xff])]))
    },
    putTooLong: () => put('x'.repeat(maxBytes)),
    async open() {
      const connection = await connectTo(office)
      return {
        source: () => connection.source?.(channel) ?? assert.fail(),
        close: () => connection.close(),
        kill: async () => proxy.cut(),
      }
    },
    recordOf({ data }) {
      const { messageId, text } = data as Mail
      return { n: numberOf(messageId), text }
    },
    async acknowledged() {
      await user.client.noop()
      const seen = (await user.client.search({ seen: true })) || []
      return seen.flatMap(place => order[place - 1] ?? [])
    },
    disconnect: async () => proxy.cut(),
    async destroy() {
      await proxy.close()
      await user.destroy()
    },
  }
}

async function receiver(): Promise<SinkFixture> {
  const user = await mailUser()
  const proxy = await startTcpProxy(ports.smtps)
  const office = officeOf(user.name, {
    imap: undefined,
    smtp: `smtps://127.0.0.1:${proxy.port}`,
  })
  const channel = office.send('rows', Row, {
    from: user.address,
    // Line ends of a text are not kept: the record goes as an attachment.
    mail: row => ({
      to: user.address,
      subject: `row ${row.n}`,
      text: 'see the attachment',
      attachments: [{ name: 'row.json', content: Buffer.from(jsonOf(row)).toString('base64') }],
    }),
    effect: irreversible,
  })
  /** The next mail is there, and nobody has been told. */
  const arm = async (part: number) => {
    await delivered()
    const known = storedFor(user)
    proxy.cutWhen(() => storedFor(user) > known, part)
  }
  return {
    refused: 'half \ud800',
    async open() {
      const connection = await connectTo(office)
      return { sink: () => connection.sink?.(channel) ?? assert.fail(), close: () => connection.close() }
    },
    async effects() {
      await delivered()
      const found = await Promise.all((await user.mails()).map(({ source }) => simpleParser(source)))
      return found.map(({ attachments }) => JSON.parse(String(attachments[0]?.content)))
    },
    down: async () => proxy.set('down'),
    up: async () => proxy.set('open'),
    stall: async () => proxy.set('silent'),
    resume: async () => proxy.set('open'),
    loseAnswer: () => arm(0),
    cutAnswer: () => arm(7),
    disconnect: async () => proxy.cut(),
    async destroy() {
      await proxy.close()
      await user.destroy()
    },
  }
}

function jsonOf(row: { readonly text: string }): string {
  if (row.text.isWellFormed()) return JSON.stringify(row)
  throw new Error('half of a character')
}
