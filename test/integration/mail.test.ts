import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import iconv from 'iconv-lite'
import { simpleParser } from 'mailparser'
import { Type } from 'typebox'
import type { Mail, OutgoingMail } from '../../src/connectors/mail/index.ts'
import { irreversible, model } from '../../src/index.ts'
import type { Answer, Outgoing } from '../../src/system/roles.ts'
import { Kept, runUntil, until } from './files-harness.ts'
import {
  connectTo,
  delivered,
  officeOf,
  ports,
  rawMail,
  type TestUser,
  testUser,
  withoutMail,
} from './mail-harness.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const signal = new AbortController().signal
const Any = model('Any', { version: 1, schema: Type.Unknown() })
const fast = { every: '20ms' } as const

async function readAll(user: TestUser, count: number, options: object = {}): Promise<Kept> {
  const office = officeOf(user.name)
  const connection = await connectTo(office)
  const kept = new Kept()
  await runUntil(
    office.mails('mails', { ...fast, ...options }),
    kept,
    connection,
    () => kept.deliveries.length >= count,
  )
  await connection.close()
  return kept
}

function outgoing(data: OutgoingMail, effectKey: string): Outgoing {
  return { data, effectKey, key: 'k', messageId: 'm', attempt: 1 }
}

async function send(user: TestUser, mails: readonly OutgoingMail[], key = 'key'): Promise<Answer[]> {
  const office = officeOf(user.name)
  const channel = office.send('out', Any, {
    from: `发件人 <${user.address}>`,
    mail: data => data as OutgoingMail,
    effect: irreversible,
  })
  const connection = await connectTo(office)
  const sink = connection.sink?.(channel) ?? assert.fail()
  const answers = await sink.write(
    mails.map((each, n) => outgoing(each, `${key}${n}`)),
    signal,
  )
  await connection.close()
  await delivered()
  return answers
}

const codesOf = (answers: readonly Answer[]) =>
  answers.map(answer => (answer.ok ? 'ok' : (answer.error as { code: string }).code))

describe('mail', { skip: withoutMail }, () => {
  test('is read in its order, marked as seen only when it is accepted, and gone on with', async t => {
    const user = await testUser(t)
    for (const n of [1, 2, 3])
      await user.put(
        rawMail({ From: 'Ann <ann@x.test>', 'Message-ID': `<${n}@x>`, Subject: `no ${n}` }, `text ${n}`),
      )
    const office = officeOf(user.name)
    const kept = new Kept()
    const accept = kept.accept.bind(kept)
    let seen: number | undefined
    kept.accept = async (...args) => {
      seen ??= (await user.mails()).filter(({ flags }) => flags.has('\\Seen')).length
      return accept(...args)
    }
    const connection = await connectTo(office)
    await connection.check()
    const channel = office.mails('mails', fast)
    await runUntil(channel, kept, connection, async () =>
      (await user.mails()).every(each => each.flags.has('\\Seen')),
    )
    assert.equal(seen, 0)
    await user.put(rawMail({ 'Message-ID': '<4@x>', Subject: 'no 4' }))
    await runUntil(channel, kept, connection, () => kept.deliveries.length === 4)
    await connection.close()
    assert.deepEqual(
      kept.data.map(each => (each as Mail).subject),
      ['no 1', 'no 2', 'no 3', 'no 4'],
    )
    assert.deepEqual(
      kept.deliveries.map(({ id }) => id),
      ['<1@x>', '<2@x>', '<3@x>', '<4@x>'],
    )
    const [first] = kept.data as Mail[]
    assert.deepEqual(first?.from, { name: 'Ann', address: 'ann@x.test' })
    assert.equal(first?.text.trim(), 'text 1')
  })

  test('moves to another mailbox when it is accepted, also after a stop in between', async t => {
    const user = await testUser(t)
    const office = officeOf(user.name)
    const channel = office.mails('mails', { ...fast, accepted: { moveTo: 'Done' } })
    await user.put(rawMail({ 'Message-ID': '<1@x>' }))
    const kept = new Kept()
    const accept = kept.accept.bind(kept)
    const stop = new AbortController()
    kept.accept = async (...args) => {
      const receipts = await accept(...args)
      stop.abort()
      return receipts
    }
    const connection = await connectTo(office)
    await connection.source?.(channel).run(kept, stop.signal)
    assert.equal((await user.mails()).length, 1)
    await runUntil(channel, kept, connection, async () => (await user.mails('INBOX')).length === 0)
    await connection.close()
    assert.equal(kept.deliveries.length, 1)
    assert.equal((await user.mails('Done')).length, 1)
  })

  test('that cannot be moved stays, and somebody is told', async t => {
    const user = await testUser(t)
    const office = officeOf(user.name)
    const told: string[] = []
    const connection = await connectTo(office, { log: (level, text) => level === 'warn' && told.push(text) })
    const kept = new Kept()
    await user.put(rawMail({ 'Message-ID': '<1@x>' }))
    await runUntil(
      office.mails('mails', { ...fast, accepted: { moveTo: 'Done' } }),
      kept,
      connection,
      async () => {
        if (kept.deliveries.length === 1 && (await user.mails('INBOX')).length === 0) {
          await user.client.mailboxDelete('Done')
          await user.put(rawMail({ 'Message-ID': '<2@x>' }))
        }
        return told.length > 0
      },
    )
    await connection.close()
    assert.match(told[0] ?? '', /has not moved to Done what was accepted of INBOX: mails 2\./)
    assert.equal((await user.mails('INBOX')).length, 1)
    assert.equal(kept.deliveries.length, 2)
  })

  test('new mail is told by the server, long before the next look', async t => {
    const user = await testUser(t)
    const office = officeOf(user.name)
    const connection = await connectTo(office)
    const kept = new Kept()
    const channel = office.mails('mails', { every: '10m' })
    let count = 0
    await runUntil(channel, kept, connection, async () => {
      if (kept.deliveries.length === count && count < 3)
        await user.put(rawMail({ 'Message-ID': `<${++count}@x>` }))
      return kept.deliveries.length === 3
    })
    await connection.close()
  })

  test('a mailbox that numbers anew stops the source: a gap is possible', async t => {
    const user = await testUser(t)
    await user.put(rawMail({ 'Message-ID': '<1@x>' }))
    await user.client.mailboxCreate('Orders')
    await user.put(rawMail({ 'Message-ID': '<2@x>' }), 'Orders')
    const office = officeOf(user.name)
    const channel = office.mails('mails', { ...fast, mailbox: 'Orders' })
    const kept = new Kept()
    const connection = await connectTo(office)
    await runUntil(channel, kept, connection, () => kept.deliveries.length === 1)
    await user.client.mailboxOpen('INBOX')
    await user.client.mailboxDelete('Orders')
    await until(async () => {
      await user.client.mailboxCreate('Orders')
      const { uidValidity } = (await user.client.status('Orders', { uidValidity: true })) as {
        uidValidity: bigint
      }
      if (String(uidValidity) !== (kept.stored as { validity: string }).validity) return true
      await user.client.mailboxDelete('Orders')
      return false
    })
    await assert.rejects(
      runUntil(channel, kept, connection, () => false),
      {
        code: 'SOURCE-GAP',
        message: /A gap is possible: .*To go on/,
      },
    )
    await connection.close()
  })

  test('texts and names in Chinese encodings are what they were', async t => {
    const user = await testUser(t)
    const text = '订单：㐀𠮷 已发货'
    const word = (encoding: string, value: string) =>
      `=?${encoding}?B?${iconv.encode(value, encoding).toString('base64')}?=`
    const name = encodeURIComponent('报价单 2026.xlsx')
    const file = [...Buffer.from(iconv.encode('清单.csv', 'gb18030'))]
      .map(byte => `%${byte.toString(16)}`)
      .join('')
    const source = Buffer.concat([
      Buffer.from(
        rawMail(
          {
            From: `${word('gb18030', '张三')} <z@x.test>`,
            Subject: `${word('gb18030', '采购订单')} ${word('gb2312', '编号')}`,
            'Message-ID': '<cn@x>',
            'MIME-Version': '1.0',
            'Content-Type': 'multipart/mixed; boundary=b',
          },
          `--b\nContent-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: 8bit\n\n`,
        ),
      ),
      iconv.encode(text, 'gb18030'),
      Buffer.from(
        `\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''${name}\n\nx\n` +
          `--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename*0*=gb18030''${file.slice(0, 12)}; filename*1*=${file.slice(12)}\n\ny\n` +
          `--b\nContent-Type: application/pdf; name="${word('gbk', '发票')}.pdf"\nContent-Disposition: attachment\n\nz\n--b--\n`.replaceAll(
            '\n',
            '\r\n',
          ),
      ),
    ])
    await user.put(source)
    const [found] = (await readAll(user, 1)).data as Mail[]
    assert.equal(found?.from?.name, '张三')
    assert.equal(found?.subject, '采购订单编号')
    assert.equal(found?.text.trim(), text)
    assert.deepEqual(
      found?.attachments.map(each => each.name),
      ['报价单 2026.xlsx', '清单.csv', '发票.pdf'],
    )
  })

  test('a mail that is too large, or says nothing in its encoding, is set aside alone', async t => {
    const user = await testUser(t)
    await user.put(rawMail({ 'Message-ID': '<large@x>', Subject: 'large' }, 'x'.repeat(300_000)))
    const head = {
      'Message-ID': '<bad@x>',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Transfer-Encoding': '8bit',
    }
    await user.put(Buffer.concat([Buffer.from(rawMail(head, 'a')), Buffer.from([0xff, 0xfe, 0x80])]))
    await user.put(rawMail({ 'Message-ID': '<good@x>' }, 'fine'))
    const kept = await readAll(user, 3, { maxBytes: 100_000 })
    const [large, bad] = kept.defects
    assert.match(large?.defect ?? '', /^mail 1: it has 3\d{5} bytes, more than the 100000/)
    assert.ok(
      Buffer.from(large?.body ?? []).includes('Subject: large') && (large?.body?.length ?? 0) <= 16_384,
    )
    assert.match(bad?.defect ?? '', /its text has bytes that are no character/)
    assert.equal((kept.data as Mail[])[0]?.messageId, '<good@x>')
  })

  test('attachments come one by one, those whose name fits', async t => {
    const user = await testUser(t)
    const part = (name: string, content: string) =>
      `--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename="${name}"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(content).toString('base64')}\n`
    const inner = rawMail({ Subject: 'inner', 'Message-ID': '<inner@x>' }, 'inner text')
    await user.put(
      rawMail(
        { 'Message-ID': '<7@x>', Subject: 'files', 'Content-Type': 'multipart/mixed; boundary=b' },
        `${part('Orders-1.CSV', 'a,b\n')}${part('other.txt', 'no')}${part('orders-2.csv', 'c,d\n')}` +
          `--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename="orders-3.csv"\n\n${inner}\n` +
          `--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Disposition: attachment; filename=winmail.dat\n\n\x22\x3e\n--b--`,
      ),
    )
    const office = officeOf(user.name)
    const connection = await connectTo(office)
    const kept = new Kept()
    const channel = office.attachments('orders', { ...fast, pattern: 'orders-*.csv' })
    await runUntil(channel, kept, connection, () => kept.deliveries.length === 3)
    await connection.close()
    assert.deepEqual(
      kept.deliveries.map(({ id }) => id),
      ['<7@x>#0', '<7@x>#2', '<7@x>#3'],
    )
    const files = kept.data as { name: string; content: string; subject: string; size: number }[]
    assert.deepEqual(
      files.map(each => [each.name, each.subject]),
      [
        ['Orders-1.CSV', 'files'],
        ['orders-2.csv', 'files'],
        ['orders-3.csv', 'files'],
      ],
    )
    assert.equal(Buffer.from(files[0]?.content ?? '', 'base64').toString(), 'a,b\n')
    assert.match(Buffer.from(files[2]?.content ?? '', 'base64').toString(), /inner text/)
  })

  test('is sent with everything in it, under a Message-ID that a repeat has too', async t => {
    const user = await testUser(t)
    const other = await testUser(t)
    const content = Buffer.from([0, 255, 13, 10, 46, 13, 10]).toString('base64')
    const mail: OutgoingMail = {
      to: [user.address],
      cc: [`李四 <${other.address}>`],
      subject: '订单 é 𠮷',
      text: '.\n..\nFrom me\n正文 𠮷',
      html: '<p>正文</p>',
      attachments: [{ name: '清单 1.bin', content, contentType: 'application/x-own' }],
    }
    const first = await send(user, [mail])
    assert.deepEqual(codesOf(first), ['ok'])
    await send(user, [mail])
    const [one, two] = await user.mails()
    assert.match(one?.source ?? '', /^Message-ID: <key0@test>\r?$/m)
    assert.match(two?.source ?? '', /^Message-ID: <key0@test>\r?$/m)
    const found = await simpleParser(one?.source ?? '')
    assert.equal(found.subject, mail.subject)
    assert.equal(found.text?.trim(), mail.text)
    assert.equal(found.from?.value[0]?.name, '发件人')
    assert.deepEqual(
      found.attachments.map(each => [each.filename, each.contentType, each.content.toString('base64')]),
      [['清单 1.bin', 'application/x-own', content]],
    )
    assert.equal((await other.mails()).length, 2)
  })

  test('goes to all receivers or to none, and says which refusal is for good', async t => {
    const user = await testUser(t)
    const to = (...receivers: string[]): OutgoingMail => ({ to: receivers, subject: 's', text: 't' })
    const mails = [
      to('gone@test'),
      to('busy@test'),
      to(user.address, 'gone@test'),
      to(user.address, 'busy@test'),
      to('someone@elsewhere.example'),
      { ...to(user.address), subject: 'REFUSE this' },
      { ...to(user.address), text: 'x'.repeat(21_000_000) },
      to(user.address),
    ]
    assert.deepEqual(codesOf(await send(user, mails)), [
      'TARGET-REFUSED',
      'TARGET-UNAVAILABLE',
      'TARGET-REFUSED',
      'TARGET-UNAVAILABLE',
      'TARGET-REFUSED',
      'TARGET-REFUSED',
      'TARGET-REFUSED',
      'ok',
    ])
    const found = await user.mails()
    assert.equal(found.length, 1)
    assert.match(found[0]?.source ?? '', /<key7@test>/)
  })

  test('that was sent and not answered is in doubt; that was not sent is not', async t => {
    const user = await testUser(t)
    const proxy = await startTcpProxy(ports.smtp)
    t.after(() => proxy.close())
    const office = officeOf(user.name, { smtp: `smtp://127.0.0.1:${proxy.port}`, timeout: '2s' })
    const channel = office.send('out', Any, {
      from: user.address,
      mail: data => data as OutgoingMail,
      effect: irreversible,
    })
    const connection = await connectTo(office)
    const sink = connection.sink?.(channel) ?? assert.fail()
    const found = new Map<string, number>()
    let key = 0
    // Wherever the connection is cut, what is called undone is not there.
    for (let bytes = 50; bytes < 6000 && found.get('ok') === undefined; bytes += 37) {
      proxy.cutAfter(bytes)
      const item = outgoing({ to: user.address, subject: `s${++key}`, text: 't' }, `cut${key}`)
      const [answer] = await sink.write([item], signal)
      const [code = ''] = codesOf(answer ? [answer] : [])
      found.set(code, (found.get(code) ?? 0) + 1)
      await delivered()
      const isThere = (await user.mails()).some(({ source }) => source.includes(`<cut${key}@test>`))
      if (code === 'TARGET-UNAVAILABLE') assert.ok(!isThere, `${bytes}`)
      if (code === 'ok') assert.ok(isThere)
    }
    await connection.close()
    assert.ok((found.get('TARGET-UNANSWERED') ?? 0) > 0, JSON.stringify([...found]))
    assert.ok((found.get('TARGET-UNAVAILABLE') ?? 0) > 5, JSON.stringify([...found]))
  })
})
