import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import { type Mail, type MailOptions, mail, type OutgoingMail } from '../../src/connectors/mail/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { irreversible, model } from '../../src/index.ts'
import { addressRule } from '../../src/system/network.ts'
import { secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { Kept, runUntil } from '../integration/files-harness.ts'
import {
  connectTo,
  delivered,
  officeOf,
  ports,
  rawMail,
  settings,
  testUser,
  withoutMail,
} from '../integration/mail-harness.ts'
import { startTcpProxy } from '../integration/tcp-proxy.ts'

const signal = new AbortController().signal
const Any = model('Any', { version: 1, schema: Type.Unknown() })
const imapOnly = { smtp: undefined }
const smtpOnly = { imap: undefined }

async function check(options: Partial<MailOptions>, over: object = {}): Promise<void> {
  const connection = await connectTo(officeOf('somebody', options), over)
  await connection.check().finally(() => connection.close())
}

function isSafe(error: unknown, code: string): boolean {
  assert.ok(error instanceof IsthmusError, String(error))
  assert.equal(error.code, code, error.message)
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    assert.ok(!inspect(each, { depth: 4 }).includes(settings.PASSWORD))
  return true
}

/** A server that never offers encryption, and keeps what it is told. */
async function plainServer(t: TestContext, greeting: string, answer: (line: string) => string) {
  let heard = ''
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.write(greeting)
    socket.on('data', chunk => {
      heard += chunk
      for (const line of String(chunk).split('\r\n').filter(Boolean)) socket.write(answer(line))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, heard: () => heard }
}

describe('mail servers', { skip: withoutMail }, () => {
  test('are reached with TLS from the first byte, or after a command', async () => {
    for (const imap of [`imap://127.0.0.1:${ports.imap}`, `imaps://localhost:${ports.imaps}`])
      await check({ ...imapOnly, imap })
    for (const smtp of [`smtp://localhost:${ports.smtp}`, `smtps://127.0.0.1:${ports.smtps}`])
      await check({ ...smtpOnly, smtp })
  })

  test('with a certificate of another authority, or for another name, are refused', async t => {
    const servers = [
      { ...imapOnly, imap: `imap://127.0.0.1:${ports.imap}` },
      imapOnly,
      smtpOnly,
      { ...smtpOnly, smtp: `smtps://127.0.0.1:${ports.smtps}` },
    ]
    for (const options of servers)
      await assert.rejects(check({ ...options, tls: undefined }), error =>
        isSafe(error, 'TARGET-UNAVAILABLE'),
      )
    // The certificate is not for this address.
    const other = '127.0.0.3'
    const [imaps, smtps] = [
      await startTcpProxy(ports.imaps, { host: other }),
      await startTcpProxy(ports.smtps, { host: other }),
    ]
    t.after(() => Promise.all([imaps.close(), smtps.close()]))
    for (const options of [
      { ...imapOnly, imap: `imaps://${other}:${imaps.port}` },
      { ...smtpOnly, smtp: `smtps://${other}:${smtps.port}` },
    ])
      await assert.rejects(check(options), error => {
        assert.match(String(error), /not match|altnames/i)
        return isSafe(error, 'TARGET-UNAVAILABLE')
      })
  })

  test('that do not take the password pause the flow', async () => {
    for (const options of [imapOnly, smtpOnly])
      await assert.rejects(check({ ...options, password: secret('WRONG') }), error =>
        isSafe(error, 'TARGET-CREDENTIALS'),
      )
  })

  test('are called at allowed addresses only', async () => {
    for (const options of [imapOnly, smtpOnly])
      await assert.rejects(check(options, { allows: addressRule([]) }), { code: 'TARGET-ADDRESS' })
  })

  test('a head that holds a line end, or an address that holds two, sends nothing', async t => {
    const user = await testUser(t)
    const office = officeOf(user.name)
    const channel = office.send('out', Any, {
      from: user.address,
      mail: data => data as OutgoingMail,
      effect: irreversible,
    })
    const connection = await connectTo(office)
    const good: OutgoingMail = { to: user.address, subject: 's', text: 't' }
    const evil = 'x\r\nBcc: evil@test'
    const wrong: OutgoingMail[] = [
      { ...good, subject: evil },
      { ...good, to: `${user.address}\r\nBcc: evil@test` },
      { ...good, to: `${user.address}, evil@test` },
      { ...good, to: `all: ${user.address}, evil@test;` },
      { ...good, to: 'nobody' },
      { ...good, to: [] },
      { ...good, cc: ['<a@test>, <b@test>'] },
      { ...good, replyTo: evil },
      { ...good, attachments: [{ name: evil, content: '' }] },
      { ...good, attachments: [{ name: 'a', content: '', contentType: evil }] },
      { ...good, attachments: [{ name: 'a', content: 'no base64!' }] },
      { ...good, text: 'half \ud800' },
      { to: user.address, subject: 's' },
    ]
    const items = [...wrong, good].map((data, n) => ({
      data,
      effectKey: `key${n}`,
      key: 'k',
      messageId: 'm',
      attempt: 1,
    }))
    const answers = (await connection.sink?.(channel).write(items, signal)) ?? []
    await connection.close()
    await delivered()
    assert.deepEqual(
      answers.map(answer => (answer.ok ? 'ok' : (answer.error as IsthmusError).code)),
      [...wrong.map(() => 'TARGET-REFUSED'), 'ok'],
    )
    const found = await user.mails()
    assert.equal(found.length, 1)
  })

  test('a mail that is made to do harm is read or set aside, and the next one is read', async t => {
    const user = await testUser(t)
    const nested = (depth: number) =>
      Array.from(
        { length: depth },
        (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`,
      ).join('')
    const parts = Array.from(
      { length: 5000 },
      () => '--b\nContent-Disposition: attachment; filename=x\n\nx\n',
    ).join('')
    const hostile = [
      `${rawMail({ 'Message-ID': '<deep@x>' }, '').trimEnd()}\r\n${nested(2000)}text`,
      rawMail({ 'Message-ID': '<many@x>', 'Content-Type': 'multipart/mixed; boundary=b' }, `${parts}--b--`),
      rawMail({ 'Message-ID': '<head@x>', 'X-Long': 'x'.repeat(200_000) }, 'text'),
      rawMail({ 'Message-ID': '<cut@x>', 'Content-Type': 'multipart/mixed; boundary=' }, '--\n--\n----'),
      rawMail(
        { 'Message-ID': '<name@x>', 'Content-Type': 'multipart/mixed; boundary=b', __proto__: 'x' },
        '--b\nContent-Disposition: attachment; filename="../../etc/passwd"\n\nx\n--b--',
      ),
      rawMail(
        {
          'Message-ID': '<proto@x>',
          constructor: 'a',
          Date: 'no date',
          To: 'undisclosed-recipients:;',
          From: ',;<<>>',
        },
        'x',
      ),
      rawMail({ 'Message-ID': `<${'x'.repeat(5000)}>`, 'Content-Transfer-Encoding': 'base64' }, '====%%%%'),
      rawMail({ 'Message-ID': '<html@x>', 'Content-Type': 'text/html' }, '<a '.repeat(100_000)),
    ]
    for (const each of hostile) await user.put(each)
    await user.put(rawMail({ 'Message-ID': '<good@x>' }, 'fine'))
    const office = officeOf(user.name)
    const connection = await connectTo(office)
    const kept = new Kept()
    await runUntil(
      office.mails('mails', { every: '20ms' }),
      kept,
      connection,
      () => kept.deliveries.length === hostile.length + 1,
    )
    await connection.close()
    const last = kept.data.at(-1) as Mail
    assert.equal(last.messageId, '<good@x>')
    assert.deepEqual(
      kept.defects.map(({ defect }) => defect),
      [1, 2].map(uid => `mail ${uid}: Max allowed child nodes exceeded`),
    )
    assert.equal(({} as { x?: unknown }).x, undefined)
  })
})

test('nothing is said in clear to a server that offers no encryption, unless that is asked for by name', async t => {
  const imap = await plainServer(t, '* OK hello\r\n', line => {
    const [tag, command = ''] = line.split(' ')
    const more = command.toUpperCase() === 'CAPABILITY' ? '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n' : ''
    return `${more}${tag} ${/AUTH|LOGIN/i.test(command) ? 'NO no' : 'OK done'}\r\n`
  })
  const smtp = await plainServer(t, '220 hello\r\n', line =>
    /^EHLO/.test(line)
      ? '250-hello\r\n250 AUTH PLAIN LOGIN\r\n'
      : /^AUTH/.test(line)
        ? '535 no\r\n'
        : '250 ok\r\n',
  )
  const at = (more: Partial<MailOptions>) =>
    system('office', {
      kind: 'other',
      connector: mail({ user: 'somebody', password: secret('WRONG'), connectTimeout: '20s', ...more }),
    })
  for (const options of [
    { imap: `imap://127.0.0.1:${imap.port}` },
    { smtp: `smtp://127.0.0.1:${smtp.port}` },
  ]) {
    const connection = await connectTo(at(options))
    await assert.rejects(connection.check(), { code: 'TARGET-UNAVAILABLE' })
    await (await connectTo(at({ ...options, encryption: 'none' }))).check().catch(() => {})
  }
  const [heardByImap, heardBySmtp] = [imap.heard(), smtp.heard()]
  assert.match(heardByImap, /AUTHENTICATE|LOGIN/i)
  assert.match(heardBySmtp, /AUTH/)
  // Each was tried twice; the password came once, when it was asked for.
  assert.equal(heardByImap.match(/AUTHENTICATE|LOGIN/gi)?.length, 1, heardByImap)
  assert.equal(heardBySmtp.match(/^AUTH/gm)?.length, 1, heardBySmtp)
})

test('a mail that the server names and does not give is set aside, never passed over', async t => {
  const given = rawMail({ 'Message-ID': '<3@x>' }, 'three')
  const bodies = ['BODY[]<0> NIL', '', `BODY[]<0> {${Buffer.byteLength(given)}}\r\n${given}`]
  const imap = await plainServer(t, '* OK [CAPABILITY IMAP4rev1] hello\r\n', line => {
    if (line === 'DONE') return ''
    const [tag, ...words] = line.split(' ')
    const command = words.join(' ')
    const lines: string[] = []
    if (/^SELECT/.test(command)) lines.push('3 EXISTS', 'FLAGS (\\Seen)', 'OK [UIDVALIDITY 7] valid')
    if (/^UID FETCH 1:\*/.test(command))
      lines.push(...[1, 2, 3].map(n => `${n} FETCH (UID ${n} RFC822.SIZE 100)`))
    if (/^UID FETCH 1(,|:)/.test(command) && /BODY/.test(command))
      lines.push(
        ...bodies.map(
          (body, n) => `${n + 1} FETCH (UID ${n + 1} INTERNALDATE "30-Nov-2026 12:00:00 +0000" ${body})`,
        ),
        '1 FETCH (UID 1 FLAGS (\\Seen))',
      )
    return `${lines.map(each => `* ${each}\r\n`).join('')}${tag} OK done\r\n`
  })
  const office = system('office', {
    kind: 'other',
    connector: mail({
      imap: `imap://127.0.0.1:${imap.port}`,
      encryption: 'none',
      user: 'somebody',
      password: secret('PASSWORD'),
    }),
  })
  const connection = await connectTo(office)
  const kept = new Kept()
  await runUntil(office.mails('mails', { every: '1s' }), kept, connection, () => kept.deliveries.length > 0)
  await connection.close()
  assert.deepEqual(
    kept.deliveries.map(({ defect, data }) => defect ?? (data as Mail).messageId),
    [1, 2].map(uid => `mail ${uid}: the server gives nothing of it`).concat('<3@x>'),
  )
})

test('a url that is none or holds a user is refused without being repeated', async () => {
  for (const imap of ['imap://u:geheim@host', 'http://host', 'host', '']) {
    const office = system('office', {
      kind: 'other',
      connector: mail({ imap, user: 'u', password: secret('WRONG') }),
    })
    await assert.rejects(connectTo(office), error => {
      assert.ok(!String(error).includes('geheim'))
      return error instanceof IsthmusError && error.code === 'CONFIG-INVALID'
    })
  }
})
