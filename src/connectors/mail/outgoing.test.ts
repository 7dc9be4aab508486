import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import type { OutgoingFile } from './config.ts'
import { compose } from './outgoing.ts'
import { readMail } from './received.ts'

const composed = (attachments: readonly OutgoingFile[]) =>
  compose({}, 'key', {
    from: 'erp@x',
    mail: () => ({ to: 'b@x', subject: 's', text: 't', attachments }),
    effect: undefined as never,
  })

test('an attachment arrives byte by byte, whatever it is said to be', async () => {
  const content = Buffer.from('\0\xff\r\n\n\r.\nFrom: x\n\nFrom y\n.\n', 'latin1').toString('base64')
  for (const contentType of [undefined, 'text/plain', 'text/html; charset=utf-16', 'message/rfc822', '']) {
    const { bytes } = await composed([{ name: 'a', content, contentType }])
    const { attachments } = await readMail(bytes, new Date(0))
    assert.deepEqual(
      attachments.map(each => each.content),
      [content],
    )
  }
})

test('an attachment that would be lost, or is no base64 to its end, is refused in time', async () => {
  for (const file of [
    { name: 'a', content: 'QQ==', contentType: 'multipart/mixed; boundary=x' },
    { name: 'a', content: 'QUJDR' },
    { name: 'a', content: `${' '.repeat(2_000_000)}!` },
  ])
    await assert.rejects(
      composed([file]),
      (error: unknown) => error instanceof IsthmusError && error.code === 'TARGET-REFUSED',
    )
})
