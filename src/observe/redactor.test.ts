import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redactor } from './redactor.ts'

test('a secret is found as it is, in JSON, in a URL, in base64, and inside the causes of an error', () => {
  const redactor = new Redactor()
  const secret = 'p"ss/wörd+$1'
  redactor.add(secret)
  const texts = [
    secret,
    JSON.stringify({ secret }),
    `https://x/?key=${encodeURIComponent(secret)}`,
    Buffer.from(secret).toString('base64'),
  ]
  for (const text of texts) assert.match(redactor.text(text), /\[secret\]/, text)
  const error = new Error(`outer ${secret}`, { cause: new Error(`inner ${secret}`) })
  redactor.error(error)
  for (const each of [error, error.cause as Error])
    assert.ok(!each.message.includes(secret) && !each.stack?.includes(secret))
})

test('the longer of two secrets is taken out whole; of a URL its password is the secret', () => {
  const redactor = new Redactor()
  redactor.add('abcdef')
  redactor.add('abcdef-longer')
  assert.equal(redactor.text('abcdef-longer and abcdef'), '[secret] and [secret]')
  redactor.addUrl('postgres://user:p%40ssword@host/db')
  assert.equal(redactor.text('p@ssword or p%40ssword'), '[secret] or [secret]')
  redactor.addUrl('no url')
  assert.equal(redactor.text('no url'), 'no url')
})
