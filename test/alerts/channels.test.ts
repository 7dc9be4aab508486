import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { type AlertChannelOptions, alertChannel } from '../../src/index.ts'
import type { AlertState } from '../../src/observe/alerts/alert-state.ts'
import { rulesOf } from '../../src/observe/alerts/default-rules.ts'
import { composed } from '../../src/observe/alerts/message.ts'
import { ChannelState } from '../../src/server/alerts/channel-state.ts'
import { senderOf } from '../../src/server/alerts/open-channel.ts'
import type { Setting } from '../../src/system/setting.ts'
import { mailUser, ports, settings, withoutMail } from '../integration/mail-harness.ts'
import { dingtalkReceiver, feishuReceiver, webhookReceiver, wecomReceiver } from './receivers.ts'

const rules = new Map(rulesOf({ alerts: [] }).map(rule => [rule.name, rule]))
const ground = { landscape: 'factory', consoleUrl: 'https://isthmus.example.com/prod', rules }

function firing(n: number, flow = 'order-sync'): AlertState {
  return {
    id: `messages-parked~${flow}-${n}`,
    rule: 'messages-parked',
    severity: 'warning',
    labels: { flow: `${flow}-${n}` },
    status: 'firing',
    value: n,
    since: 1_700_000_000_000,
    firedAt: 1_700_000_010_000,
    told: {},
  }
}

function opened(options: AlertChannelOptions, known: Readonly<Record<string, string>> = {}) {
  const resolve = (setting: Setting) => (typeof setting === 'string' ? setting : (known[setting.name] ?? ''))
  const channel = alertChannel('ops', options)
  return senderOf(channel, { channel, resolve, now: () => Date.now() })
}

const message = (count: number, language: 'en' | 'zh', flow?: string) =>
  composed(
    Array.from({ length: count }, (_, n) => ({ what: 'firing' as const, state: firing(n + 1, flow) })),
    language,
    ground,
  )

const allow = ['loopback'] as const
const secret = 'SEC5d41402abc4b2a76b9719d911017c592'

async function receivers(t: TestContext) {
  const key = randomBytes(24)
  const dingtalk = await dingtalkReceiver(t, 'token', secret)
  const wecom = await wecomReceiver(t, '693a91f6')
  const feishu = await feishuReceiver(t, secret)
  const webhook = await webhookReceiver(t, key)
  const options = {
    dingtalk: { kind: 'dingtalk', url: dingtalk.url, secret, allow },
    wecom: { kind: 'wecom', url: wecom.url, allow },
    feishu: { kind: 'feishu', url: feishu.url, secret, allow },
    webhook: { kind: 'webhook', url: webhook.url, key: `whsec_${key.toString('base64')}`, allow },
  } as const satisfies Record<string, AlertChannelOptions>
  return { options, made: { dingtalk, wecom, feishu, webhook } }
}

const kinds = ['dingtalk', 'wecom', 'feishu', 'webhook'] as const

for (const kind of kinds)
  test(`${kind}: a message is signed as its receiver checks it, says what, since when and where, in both languages`, async t => {
    const { options, made } = await receivers(t)
    for (const language of ['en', 'zh'] as const)
      await opened({ ...options[kind], language })(message(2, language), 'a'.repeat(32))
    assert.deepEqual(made[kind].refused, [])
    const [english, chinese] = made[kind].taken.map(({ text }) => text)
    assert.match(english ?? '', /Messages of order-sync-1 wait for a decision: 1/)
    assert.match(chinese ?? '', /流程 order-sync-2 有 2 条消息等待人工处理/)
    assert.match(english ?? '', /https:\/\/isthmus\.example\.com\/prod\/alerts\/messages-parked~order-sync-1/)
  })

for (const kind of kinds)
  test(`${kind}: hundreds of alerts are one message within its limit`, async t => {
    const { options, made } = await receivers(t)
    await opened({ ...options[kind], language: 'zh' })(message(400, 'zh', '订单'.repeat(20)), 'b'.repeat(32))
    assert.deepEqual(made[kind].refused, [])
    assert.equal(made[kind].taken.length, 1)
    if (kind !== 'webhook') assert.match(made[kind].taken[0]?.text ?? '', /另有 \d+ 条/)
  })

test('a receiver that refuses is told as it says, and never with its address, which holds a key', async t => {
  const { options } = await receivers(t)
  const wrong = [
    { ...options.dingtalk, secret: 'another' },
    { ...options.feishu, secret: 'another' },
    { ...options.wecom, url: options.wecom.url.replace('693a91f6', 'c0ffee') },
    { ...options.webhook, key: 'another' },
  ]
  const reasons = [/310000: sign not match/, /19021/, /93000/, /401/]
  for (const [n, each] of wrong.entries())
    await assert.rejects(opened(each)(message(1, 'en'), 'c'.repeat(32)), (error: Error) => {
      assert.match(error.message, reasons[n] as RegExp)
      assert.doesNotMatch(error.message, /c0ffee|token=|127\.0\.0\.1/)
      return true
    })
})

test('a name that leads into networks which the channel does not allow is not called', async t => {
  const { options, made } = await receivers(t)
  const { allow: _, ...closed } = options.webhook
  await assert.rejects(opened(closed)(message(1, 'en'), 'd'.repeat(32)), { code: 'TARGET-ADDRESS' })
  const named = { ...closed, url: closed.url.replace('127.0.0.1', 'localhost') }
  await assert.rejects(opened(named)(message(1, 'en'), 'd'.repeat(32)))
  assert.equal(made.webhook.taken.length, 0)
})

test('a channel is told at its pace, and one that does not work less and less often', async t => {
  const { options, made } = await receivers(t)
  let now = Date.now()
  const channel = alertChannel('ops', options.dingtalk)
  const state = new ChannelState({ channel, resolve: setting => String(setting), now: () => now })
  assert.ok(state.isFree)
  const telling = state.tell(message(1, 'en'))
  assert.ok(!state.isFree)
  assert.ok(await telling)
  assert.ok(!state.isFree)
  now += 3_500
  assert.ok(state.isFree)
  made.dingtalk.failWith = 500
  for (const wait of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    assert.equal(await state.tell(message(1, 'en')), false)
    now += wait - 1
    assert.ok(!state.isFree, String(wait))
    now += 1
    assert.ok(state.isFree, String(wait))
  }
  assert.equal(state.failing?.reason, 'it answered 500')
  made.dingtalk.failWith = undefined
  // Its clock and ours are not an hour apart any more.
  now = Date.now()
  assert.ok(await state.tell(message(1, 'en')))
  assert.equal(state.failing, undefined)
})

test('mail is taken by an SMTP server, over STARTTLS and TLS', { skip: withoutMail }, async t => {
  const user = await mailUser()
  t.after(() => user.destroy())
  const login = encodeURIComponent(user.name)
  const password = encodeURIComponent(settings.PASSWORD)
  for (const server of [
    `smtp://${login}:${password}@localhost:${ports.smtp}`,
    `smtps://${login}:${password}@localhost:${ports.smtps}`,
  ]) {
    const options = {
      kind: 'email',
      server,
      from: user.address,
      to: user.address,
      ca: settings.CA,
      allow,
    } as const
    await opened({ ...options, language: 'zh' })(message(2, 'zh'), randomBytes(16).toString('hex'))
  }
  while ((await user.mails()).length < 2) await new Promise(resolve => setTimeout(resolve, 50))
  const { simpleParser } = await import('mailparser')
  for (const { source } of await user.mails()) {
    const parsed = await simpleParser(source)
    assert.match(parsed.subject ?? '', /^\[factory\] 警告: 流程 order-sync-1 .* 等 2 条告警$/)
    assert.match(parsed.text ?? '', /https:\/\/isthmus\.example\.com\/prod\/alerts\//)
    assert.match(parsed.messageId ?? '', /@isthmus\.alerts>$/)
  }
})
