import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { alert, alertChannel, noAlert, secret } from '../../src/index.ts'
import { defaultRules } from '../../src/observe/alerts/default-rules.ts'
import type { AlertDetail, AlertList } from '../../src/server/operations/alert-schemas.ts'
import type { Store } from '../../src/store/store.ts'
import { controlScene, until } from '../control/control-scene.ts'
import { type Receiver, webhookReceiver } from './receivers.ts'

const parked = alert('messages-parked', {
  metric: 'isthmus_messages_parked',
  above: 0,
  keep: '0s',
  text: { en: '{value} of {flow}', zh: '{flow} 有 {value} 条' },
})
/** Those that come with Isthmus take their time. */
const quiet = defaultRules.filter(({ name }) => name !== 'messages-parked').map(({ name }) => noAlert(name))
const key = 'a key that only the two know'

async function scene(t: TestContext, more: { hook?: Receiver; store?: Store; every?: number } = {}) {
  const { hook, store, every = 20 } = more
  const channels = hook
    ? [alertChannel('hook', { kind: 'webhook', url: hook.url, key: secret('HOOK_KEY'), allow: ['loopback'] })]
    : []
  const made = await controlScene(t, {
    parts: { alerts: [parked, ...quiet], alertChannels: channels },
    environment: {
      HOOK_KEY: key,
      ISTHMUS_CONSOLE_URL: 'https://isthmus.example.com/',
      ISTHMUS_ENVIRONMENT: 'prod',
    },
    alertsEvery: every,
    ...(store && { store }),
  })
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const response = await made.ask(`/api/v1${path}`, body && { body })
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }
  return { ...made, get: ask, alerts: () => ask<AlertList>('/alerts') }
}

const hookFor = (t: TestContext) => webhookReceiver(t, Buffer.from(key))
const said = (hook: Receiver) =>
  hook.taken.flatMap(({ body }) =>
    (body.alerts as { id: string; what: string; link?: string }[]).map(({ id, what }) => `${what} ${id}`),
  )
const refuse = { no: '1', buyer: 'Li Na', ask: 'refuse' }

test('what fires is told once, with a link, and so is that it is over', async t => {
  const hook = await hookFor(t)
  const { accept, alerts, get, instance } = await scene(t, { hook })
  await accept([refuse])
  await until(() => hook.taken.length === 1)
  const [told] = (hook.taken[0]?.body.alerts ?? []) as { text: string; link: string }[]
  assert.equal(told?.text, '1 of booking')
  assert.equal(told?.link, 'https://isthmus.example.com/prod/alerts/messages-parked~booking')
  await until(async () => (await alerts()).alerts[0]?.told.length === 1)
  const { alerts: firing, channels, problems } = await alerts()
  assert.deepEqual(
    firing.map(({ id, status, value }) => [id, status, value]),
    [['messages-parked~booking', 'firing', 1]],
  )
  assert.deepEqual(problems, [])
  assert.equal(channels[0]?.sent, 1)
  await instance.operations.decisions.one(
    { flow: 'booking', seq: 1 },
    { do: 'discard', by: 'me', why: 'a test' },
  )
  await until(() => hook.taken.length === 2)
  assert.deepEqual(said(hook), ['firing messages-parked~booking', 'resolved messages-parked~booking'])
  await until(
    async () => (await get<AlertDetail>('/alerts/messages-parked~booking')).history[0]?.type === 'told',
  )
  const { history, alert: over } = await get<AlertDetail>('/alerts/messages-parked~booking')
  assert.deepEqual(
    history.map(({ type }) => type),
    ['told', 'resolved', 'told', 'firing'],
  )
  assert.equal(over.status, 'resolved')
  assert.equal(over.runbook, 'docs/alerts.md#messages-parked')
  assert.equal((await alerts()).recent[0]?.id, over.id)
})

test('a new process goes on with what the one before knew, and tells nobody twice', async t => {
  const hook = await hookFor(t)
  const data = mkdtempSync(join(tmpdir(), 'isthmus-alerts-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  const { sqliteStore } = await import('../../src/store/sqlite/sqlite-store.ts')
  const open = () => sqliteStore({ path: data })
  const first = await scene(t, { hook, store: open() })
  await first.accept([refuse])
  await until(async () => (await first.alerts()).alerts[0]?.told.length === 1)
  const { since } = (await first.alerts()).alerts[0] as { since: number }
  await first.get('/alerts/messages-parked~booking/acknowledge', { by: 'Wang', why: 'mine' })
  await first.instance.stop(1000)
  const second = await scene(t, { hook, store: open() })
  await until(async () => (await second.alerts()).alerts.length === 1)
  const looks = second.get<AlertDetail>('/alerts/messages-parked~booking')
  assert.equal((await looks).alert.since, since)
  assert.equal((await looks).alert.acknowledged?.by, 'Wang')
  await second.instance.operations.decisions.one(
    { flow: 'booking', seq: 1 },
    { do: 'discard', by: 'me', why: 'x' },
  )
  await until(() => hook.taken.length === 2)
  assert.deepEqual(said(hook), ['firing messages-parked~booking', 'resolved messages-parked~booking'])
  const balance = await second.instance.operations.balance()
  assert.ok(balance.balanced)
  // Before its folder goes.
  await second.instance.stop(1000)
})

test('a silence keeps an alert from being told until it ends, and then it is told', async t => {
  const hook = await hookFor(t)
  const { accept, alerts, get } = await scene(t, { hook })
  const order = {
    why: 'we know',
    until: Date.now() + 3_600_000,
    match: { flow: 'booking' },
    by: 'Lin',
    order: 'once-only',
  }
  const silence = await get<{ id: string }>('/silences', order)
  assert.equal((await get<{ id: string }>('/silences', order)).id, silence.id)
  await accept([refuse])
  await until(async () => (await alerts()).alerts[0]?.status === 'firing')
  const [silent] = (await alerts()).alerts
  assert.equal(silent?.silenced?.why, 'we know')
  assert.equal((await alerts()).silences.length, 1)
  assert.equal(hook.taken.length, 0)
  await get(`/silences/${silence.id}/end`, { by: 'Lin' })
  await until(() => hook.taken.length === 1)
  await assert.rejects(
    get('/silences', { ...order, order: 'another-one', until: Date.now() - 1 }),
    /ends in the future/,
  )
  await assert.rejects(get('/silences', { ...order, order: 'another-one', match: {} }), /says what it is for/)
  await get('/alerts/messages-parked~booking/silence', {
    by: 'Lin',
    why: 'later',
    until: Date.now() + 60_000,
  })
  assert.equal((await alerts()).alerts[0]?.silenced?.why, 'later')
})

test('a channel that does not work is visible, is tried again, and learns of everything in one message', async t => {
  const hook = await hookFor(t)
  hook.failWith = 503
  const { accept, alerts, ask, get } = await scene(t, { hook })
  await accept([refuse])
  await until(async () => (await alerts()).channels[0]?.failing !== undefined)
  assert.deepEqual((await alerts()).problems, [
    { code: 'channel-failing', channel: 'hook', reason: 'it answered 503' },
  ])
  assert.match(await (await ask('/metrics')).text(), /isthmus_alert_channel_up\{channel="hook"\} 0/)
  assert.deepEqual(await get('/alert-channels/hook/test', {}), { taken: false, reason: 'it answered 503' })
  hook.failWith = undefined
  assert.deepEqual(await get('/alert-channels/hook/test', {}), { taken: true })
  await until(() => said(hook).includes('firing messages-parked~booking'))
  await until(async () => (await alerts()).problems.length === 0)
})

test('without a channel nobody learns of alerts, and that is said', async t => {
  const { alerts } = await scene(t)
  assert.deepEqual((await alerts()).problems, [{ code: 'no-channel' }])
})

test('a channel whose secret is not set does not keep an instance from running, and says so', async t => {
  const made = await controlScene(t, {
    parts: {
      alertChannels: [
        alertChannel('ding', { kind: 'dingtalk', url: secret('DING_URL'), secret: secret('DING_SECRET') }),
      ],
    },
  })
  const { problems } = (await (await made.ask('/api/v1/alerts')).json()) as AlertList
  assert.equal(problems[0]?.code, 'channel-failing')
  assert.match(problems[0]?.reason ?? '', /DING_URL is not set/)
})
