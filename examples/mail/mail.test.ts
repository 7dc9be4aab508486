import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { simpleParser } from 'mailparser'
import { startInstance } from '../../src/server/instance.ts'
import { until } from '../../test/integration/files-harness.ts'
import { ports, rawMail, settings, testUser, withoutMail } from '../../test/integration/mail-harness.ts'
import example from './isthmus.ts'

test('orders that are attached to a mail are confirmed by mails', {
  skip: withoutMail,
  timeout: 240_000,
}, async t => {
  const [office, customer] = [await testUser(t), await testUser(t)]
  const data = mkdtempSync(join(tmpdir(), 'isthmus-mail-example-'))
  mkdirSync(join(data, 'orders'))
  const rows = `no,product,email\nW1,螺栓,${customer.address}\nW2,Nut,${customer.address}\n`
  await office.put(
    rawMail(
      { 'Message-ID': '<1@x>', From: customer.address, 'Content-Type': 'multipart/mixed; boundary=b' },
      '--b\nContent-Type: text/csv; name=orders-7.csv\nContent-Disposition: attachment; filename=orders-7.csv\n' +
        `Content-Transfer-Encoding: base64\n\n${Buffer.from(rows).toString('base64')}\n--b--`,
    ),
  )
  const instance = await startInstance({
    landscape: example,
    data,
    port: 0,
    control: { port: 0 },
    environment: {
      MAIL_IMAP: `imaps://localhost:${ports.imaps}`,
      MAIL_SMTP: `smtp://localhost:${ports.smtp}`,
      MAIL_USER: office.name,
      MAIL_PASSWORD: settings.PASSWORD,
      MAIL_CA: settings.CA,
      ORDERS: join(data, 'orders'),
    },
    log: () => {},
  })
  try {
    await until(async () => (await customer.mails()).length === 2)
    const mails = await Promise.all((await customer.mails()).map(({ source }) => simpleParser(source)))
    assert.deepEqual(mails.map(({ subject }) => subject).sort(), ['Your order W1', 'Your order W2'])
    assert.ok(mails.some(({ text }) => text?.includes('螺栓')))
    await until(async () => (await office.mails('INBOX')).length === 0)
    assert.equal((await office.mails('Done')).length, 1)
  } finally {
    await instance.stop()
    rmSync(data, { recursive: true, force: true })
  }
})
