import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Balance } from '../../src/server/operations/schemas.ts'
import { until } from '../check/processes.ts'
import { canary, ordersLandscape, Scene } from './fixture.ts'

test('orders go through, and the proof is the same while it runs and after it has stopped', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ A1: 'ok', A2: 'refuse', A3: 'lose', A4: 'ok' })
  await until(() => running.log('parked').length === 1 && running.log('in doubt').length === 1)
  await scene.ended(2)
  const online = await scene.ask<Balance>('verify')
  assert.equal(await running.stop(), 0)
  const offline = await scene.ask<Balance>('verify')
  assert.deepEqual(offline, online)
  const { broken, ...counts } = (offline.flows[0] ?? {}) as Record<string, unknown>
  assert.deepEqual(broken, [])
  assert.deepEqual(counts, {
    flow: 'booking',
    accepted: 4,
    delivered: 2,
    filtered: 0,
    discarded: 0,
    parked: 1,
    inFlight: 1,
    inDoubt: 1,
  })
  assert.equal(offline.balanced, true)
})

test('a second instance on the same data directory is refused with code 4, naming the holder', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  const second = await scene.run(['start', ordersLandscape])
  assert.equal(second.code, 4)
  assert.match(second.err, new RegExp(`process ${running.child.pid} `))
  assert.match(second.err, /STORE-IN-USE/)
  assert.equal(running.child.exitCode, null)
})

test('SIGTERM: not ready at once, what is under way ends, exit 0', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  const { intake } = running.log('started')[0] as { intake: string }
  assert.equal((await fetch(`${intake}/readyz`)).status, 200)
  scene.deliver({ B1: 'wait' })
  await until(() => scene.isWaiting())
  running.child.kill('SIGTERM')
  await until(() => running.log('stopping').length === 1)
  assert.equal((await fetch(`${intake}/readyz`)).status, 503)
  assert.equal((await fetch(`${intake}/healthz`)).status, 200)
  scene.letGo()
  assert.equal(await running.ended, 0)
  assert.deepEqual(scene.booked(), ['B1'])
  const { flows } = await scene.ask<Balance>('verify')
  assert.equal(flows[0]?.delivered, 1)
  assert.equal(scene.control().running, undefined)
})

test('a second signal hurries: what hangs is left for the next start', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ C1: 'wait' })
  await until(() => scene.isWaiting())
  running.child.kill('SIGTERM')
  await until(() => running.log('stopping').length === 1)
  running.child.kill('SIGTERM')
  assert.equal(await running.ended, 0)
  const { balanced } = await scene.ask<Balance>('verify')
  assert.equal(balanced, true)
})

test('an error that a connector did not catch disturbs nobody; one elsewhere ends the process with 70', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ D1: 'throw', D2: 'ok' })
  await until(() => running.log('connector').length === 1)
  await until(() => scene.booked().length === 2)
  assert.equal(running.log('connector')[0]?.system, 'erp')
  assert.equal(await running.stop(), 0)

  const broken = scene.spawn(['start', ordersLandscape], { BROKEN_OUTSIDE: '1' })
  assert.equal(await broken.ended, 70)
  assert.match(broken.out, /nobody expected this/)
})

test('the value of a secret is nowhere: not in output, logs, store, control file or answers', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ E1: 'refuse', E2: 'throw' })
  await until(() => running.log('parked').length === 1 && running.log('connector').length === 1)
  const outputs = [
    await scene.run(['trace', 'E1', '--show-pii', '-l', ordersLandscape]),
    await scene.run(['parked', 'list', '--show-pii', '--json', '-l', ordersLandscape]),
    await scene.run(['status']),
  ]
  assert.match(outputs[0]?.out ?? '', /Wang Xiaoming is not known, said \[secret\]/)
  await running.stop()
  const offline = await scene.run(['trace', 'E1', '--show-pii', '-l', ordersLandscape])
  const texts = [running.out, running.err, ...[...outputs, offline].flatMap(({ out, err }) => [out, err])]
  for (const text of texts) assert.ok(!text.includes(canary))
  for (const name of readdirSync(scene.data))
    assert.ok(!readFileSync(join(scene.data, name)).includes(canary), name)
  assert.match(running.out, /logged in with \[secret\]/)
})

test('a missing secret is named, with the remedy, and nothing is left behind', async t => {
  const scene = new Scene(t)
  const { code, err } = await scene.run(['start', ordersLandscape], { env: { TARGET_TOKEN: '' } })
  assert.equal(code, 2)
  assert.match(err, /erp: TARGET_TOKEN is not set.*TARGET_TOKEN_FILE/)
  assert.doesNotMatch(err, /\n\s+at /)
  const running = await scene.start()
  assert.equal(await running.stop(), 0)
})

test('the token is made once and only its owner may read it', async t => {
  const scene = new Scene(t)
  const first = await scene.start()
  const { token } = scene.control()
  const mode = (path: string) => statSync(path).mode & 0o777
  assert.equal(mode(join(scene.data, 'control.json')), 0o600)
  assert.equal(mode(scene.data), 0o700)
  assert.ok(!first.out.includes(token))
  await first.stop()
  const second = await scene.start()
  assert.equal(scene.control().token, token)
  await second.stop()
  assert.ok(existsSync(join(scene.data, 'control.json')))
})

test('no personal data are logged', async t => {
  const scene = new Scene(t)
  const running = await scene.start()
  scene.deliver({ F1: 'refuse', F2: 'lose', F3: 'ok' })
  await until(() => running.log('in doubt').length === 1 && running.log('parked').length === 1)
  await running.stop()
  assert.doesNotMatch(running.out, /Wang|Xiaoming/)
})
