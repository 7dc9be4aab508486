import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { hmac, hubSignature, type Signature } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import { secret } from '../../src/system/setting.ts'
import {
  contextOf,
  converse,
  type Hook,
  noon,
  shop,
  startHook,
  statuses,
} from '../integration/http-harness.ts'

const Event = model('Event', { version: 1, schema: Type.Object({ text: Type.String() }) })
const secrets = {
  OLD: 'whsec_b2xkIGtleSBvZiB0d2VudHktZm91ciBieXRlcw==',
  NEW: 'whsec_bmV3IGtleSBvZiB0d2VudHktZm91ciBieXRlcw==',
  HUB: 'a text that both sides know',
}
const keys = { OLD: 'old key of twenty-four bytes', NEW: 'new key of twenty-four bytes' }
const body = '{"text": "Grüße"}'
const seconds = String(noon / 1000)

function signature(content: string | Buffer = `msg_1.${seconds}.${body}`, key = keys.NEW): string {
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`
}

function start(t: TestContext, verify: Signature): Promise<Hook> {
  const owner = shop({})
  // It validates, so that a body that were read before the signature would be answered 400 or 422.
  const channel = owner.webhook('events', Event, { verify, validate: true })
  return startHook(t, channel, { owner, secrets })
}

type Headers = readonly (readonly [string, string])[]

const signed = (over: Partial<Record<'id' | 'timestamp' | 'signature', string>> = {}): Headers => [
  ['webhook-id', over.id ?? 'msg_1'],
  ['webhook-timestamp', over.timestamp ?? seconds],
  ['webhook-signature', over.signature ?? signature()],
]

/** The headers go on the wire exactly as they are given. */
async function post(hook: Hook, headers: Headers, sent: string | Buffer = body): Promise<string> {
  const bytes = Buffer.from(sent)
  const head = [
    'POST /hooks/shop/events HTTP/1.1',
    'host: test',
    'connection: close',
    `content-length: ${bytes.length}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  return converse(hook.origin, Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes)
}

test('what is signed with one of the keys is accepted, under its signed identity', async t => {
  const hook = await start(t, hmac(secret('NEW'), secret('OLD')))
  const old = signature(`msg_2.${seconds}.${body}`, keys.OLD)
  assert.deepEqual(statuses(await post(hook, signed())), [202])
  assert.deepEqual(statuses(await post(hook, signed({ id: 'msg_2', signature: `v1a,AAAA ${old}` }))), [202])
  assert.deepEqual(
    hook.intake.accepted.map(({ id }) => id),
    ['msg_1', 'msg_2'],
  )
})

test('names of headers may be written in any case', async t => {
  const hook = await start(t, hmac(secret('NEW')))
  const headers = signed().map(([name, value]) => [name.toUpperCase(), value] as const)
  assert.deepEqual(statuses(await post(hook, headers)), [202])
})

test('a copied request is a duplicate within five minutes, and refused afterwards', async t => {
  let now = noon
  const owner = shop({})
  const channel = owner.webhook('events', Event, { verify: hmac(secret('NEW')) })
  const hook = await startHook(t, channel, { owner, secrets, now: () => now })
  for (const [passed, status] of [
    [0, 202],
    [300_000, 202],
    [300_001, 401],
    [-300_001, 401],
  ] as const) {
    now = noon + passed
    assert.deepEqual(statuses(await post(hook, signed())), [status], `after ${passed} ms`)
  }
  assert.equal(hook.intake.accepted.length, 1)
})

const good = signature()
const withoutPadding = good.replace(/=+$/, '')
const forged: Readonly<Record<string, readonly [Headers, (string | Buffer)?]>> = {
  'no header at all': [[]],
  'no signature': [signed().slice(0, 2)],
  'no id': [signed().slice(1)],
  'no time': [signed().filter(([name]) => name !== 'webhook-timestamp')],
  'an empty signature': [signed({ signature: '' })],
  'a version without a signature': [signed({ signature: 'v1,' })],
  'a signature without its version': [signed({ signature: good.slice(3) })],
  'another version': [signed({ signature: good.replace('v1', 'v2') })],
  'a version in upper case': [signed({ signature: good.replace('v1', 'V1') })],
  'a signature in lower case': [signed({ signature: `v1,${good.slice(3).toLowerCase()}` })],
  'a truncated signature': [signed({ signature: good.slice(0, -4) })],
  'a signature without padding': [signed({ signature: withoutPadding })],
  'a longer signature': [signed({ signature: `${good}AAAA` })],
  'a signature in base64url': [
    signed({ signature: `v1,${good.slice(3).replaceAll('+', '-').replaceAll('/', '_')}_` }),
  ],
  'a signature in hexadecimal': [
    signed({ signature: `v1,${Buffer.from(good.slice(3), 'base64').toString('hex')}` }),
  ],
  'a signature in quotes': [signed({ signature: `"${good}"` })],
  'signatures joined by a comma': [signed({ signature: `${good},${good}` })],
  'a signature by an unknown key': [signed({ signature: signature(undefined, 'an unknown key') })],
  'a signature by an empty key': [signed({ signature: signature(undefined, '') })],
  'a signature by the encoded key': [signed({ signature: signature(undefined, secrets.NEW) })],
  'two signature headers': [[...signed(), ['webhook-signature', good]]],
  'two signature headers, the second one empty': [[...signed(), ['Webhook-Signature', '']]],
  'two ids': [[...signed(), ['webhook-id', 'msg_1']]],
  'two times': [[...signed(), ['webhook-timestamp', seconds]]],
  'another id': [signed({ id: 'msg_2' })],
  'an id in another case': [signed({ id: 'MSG_1' })],
  'another time': [signed({ timestamp: String(noon / 1000 + 1) })],
  'a time in milliseconds': [
    signed({ timestamp: String(noon), signature: signature(`msg_1.${noon}.${body}`) }),
  ],
  'a time with a fraction': [
    signed({ timestamp: `${seconds}.0`, signature: signature(`msg_1.${seconds}.0.${body}`) }),
  ],
  'a time with a sign': [
    signed({ timestamp: `+${seconds}`, signature: signature(`msg_1.+${seconds}.${body}`) }),
  ],
  'a time that is no number': [signed({ timestamp: 'NaN', signature: signature(`msg_1.NaN.${body}`) })],
  'an old time, properly signed': [
    signed({
      timestamp: String(noon / 1000 - 301),
      signature: signature(`msg_1.${noon / 1000 - 301}.${body}`),
    }),
  ],
  'a future time, properly signed': [
    signed({
      timestamp: String(noon / 1000 + 301),
      signature: signature(`msg_1.${noon / 1000 + 301}.${body}`),
    }),
  ],
  'one byte changed': [signed(), body.replace('text', 'tExt')],
  'a byte more': [signed(), `${body} `],
  'a byte order mark more': [signed(), `\ufeff${body}`],
  'other white space': [signed(), body.replace(': ', ':')],
  'the same text in another Unicode form': [signed(), body.normalize('NFD')],
  'the same text in another encoding': [signed(), Buffer.from(body, 'latin1')],
  'the same JSON with an escape': [signed(), body.replace('ü', '\\u00fc')],
  'no body': [signed(), ''],
  'the border between id and time moved': [
    signed({
      id: `msg_1.${seconds}`,
      timestamp: seconds,
      signature: signature(`msg_1.${seconds}.${seconds}.x`),
    }),
    'x',
  ],
  'no body that could be read, and no signature': [[], '{"text":'],
}

for (const [name, [headers, sent]] of Object.entries(forged)) {
  test(`${name}: 401 before anything is read`, async t => {
    const hook = await start(t, hmac(secret('NEW'), secret('OLD')))
    const answer = await post(hook, headers, sent)
    assert.deepEqual(statuses(answer), [401])
    assert.match(answer, /\r\n\r\n\{"type":"about:blank","title":"Unauthorized","status":401\}$/)
    assert.deepEqual(hook.intake.accepted, [])
  })
}

test('a body signed as GitHub does is accepted, and nothing else', async t => {
  const hook = await start(t, hubSignature(secret('HUB')))
  const digest = createHmac('sha256', secrets.HUB).update(body).digest('hex')
  assert.deepEqual(statuses(await post(hook, [['x-hub-signature-256', `sha256=${digest}`]])), [202])
  const wrong: readonly Headers[] = [
    [],
    [['x-hub-signature-256', digest]],
    [['x-hub-signature-256', `sha256=${digest.toUpperCase()}`]],
    [['x-hub-signature-256', `sha256=${digest.slice(0, -2)}`]],
    [['x-hub-signature-256', `sha1=${digest}`]],
    [
      ['x-hub-signature-256', `sha256=${digest}`],
      ['x-hub-signature-256', `sha256=${digest}`],
    ],
  ]
  for (const headers of wrong) assert.deepEqual(statuses(await post(hook, headers)), [401])
  assert.equal(hook.intake.accepted.length, 1)
})

test('a copied request that is signed as GitHub does names itself by no header', async t => {
  const hook = await start(t, hubSignature(secret('HUB')))
  const digest = createHmac('sha256', secrets.HUB).update(body).digest('hex')
  const copy = (id: string): Headers => [
    ['x-hub-signature-256', `sha256=${digest}`],
    ['ce-id', id],
    ['ce-source', '/copied'],
  ]
  for (const id of ['1', '2']) assert.deepEqual(statuses(await post(hook, copy(id))), [202])
  assert.deepEqual(
    hook.intake.accepted.map(({ id }) => id),
    [undefined, undefined],
  )
})

test('a signed webhook takes its identity from what is signed', () => {
  const declare = (id: string) => () => shop({}).webhook('events', Event, { verify: hmac(secret('NEW')), id })
  assert.throws(declare('x-request-id'), { code: 'FLOW-DEFINITION', message: /not signed/ })
  declare('webhook-id')()
})

test('a key that is missing, empty or broken is named and not shown', async () => {
  const owner = shop({})
  const channel = owner.webhook('events', Event, { verify: hmac(secret('KEY')) })
  const connection = await owner.connector.connect(contextOf())
  assert.throws(() => connection.source?.(channel), { code: 'CONFIG-MISSING', message: /KEY/ })
  for (const KEY of ['', 'whsec_', 'whsec_not base64!']) {
    const broken = await owner.connector.connect(contextOf({ secrets: { KEY } }))
    assert.throws(
      () => broken.source?.(channel),
      (error: Error) => /secret KEY/.test(error.message) && !/not base64/.test(error.message),
    )
  }
})
