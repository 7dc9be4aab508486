import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { controlRoutes } from '../../src/server/control/routes.ts'
import { readControlFile } from '../../src/server/control-file.ts'
import { memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { goodPassword, peopleScene } from './people-scene.ts'

const outside = Object.values(networkInterfaces())
  .flat()
  .find(each => each && each.family === 'IPv4' && !each.internal)?.address

const reaches = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(60_000) }).then(
    () => true,
    () => false,
  )

test('until there is an owner nothing is open but setting one, on this machine alone, with the code that is printed', async t => {
  const scene = await peopleScene(t, {
    withoutOwner: true,
    control: { host: '0.0.0.0' },
    environment: { ISTHMUS_SECOND_FACTOR: '0' },
  })
  const { instance, log } = scene
  const { port } = new URL(instance.control.url)
  assert.ok(
    log.some(({ level, text }) => level === 'warn' && /this machine only until there is an owner/.test(text)),
  )
  assert.equal(new URL(instance.control.url).hostname, '127.0.0.1')
  if (outside) assert.equal(await reaches(`http://${outside}:${port}/healthz`), false)
  for (const { path, method, needs } of controlRoutes.filter(route => route.needs !== 'open'))
    assert.equal((await fetch(instance.control.url + path, { method })).status, 401, `${path} ${needs}`)
  for (const name of ['admin', 'owner', 'root'])
    assert.equal((await scene.browser().logIn(name, name)).status, 401)
  assert.equal((await scene.local('/api/v1/status')).status, 200, 'who runs the instance has its token')

  const browser = scene.browser()
  assert.deepEqual(await browser.get('/api/v1/login/ways'), { owner: false, ldap: false })
  const setUp = (code: string, password = goodPassword) =>
    browser.ask('/api/v1/setup', { body: { code, name: '王伟', password } })
  assert.equal((await setUp('AAAA-AAAA-AAAA-AAAA')).status, 401)
  assert.equal((await setUp(instance.people.setUpCode, 'password1')).status, 400)
  const done = await setUp(instance.people.setUpCode.toLowerCase().replaceAll('-', ' '))
  assert.equal(done.status, 200)
  browser.csrf = ((await done.json()) as { csrf: string }).csrf
  const me = await browser.get<{ name: string; everywhere: string[] }>('/api/v1/me')
  assert.equal(me.name, '王伟')
  assert.ok(me.everywhere.includes('people'))
  assert.equal((await setUp(instance.people.setUpCode)).status, 409, 'once')
  if (outside) {
    const opened = await reaches(`http://${outside}:${port}/healthz`)
    assert.equal(opened, true, 'and now others reach it')
  }
  assert.equal(readControlFile(scene.data)?.running?.url, instance.control.url)
})

test('with an owner it listens where it is told to at once, and no code is good', async t => {
  const state = memoryState()
  const first = await peopleScene(t, { store: memoryStore(state) })
  const { people } = first.instance
  assert.ok(people.accounts.hasOwner)
  assert.equal(
    (
      await first
        .browser()
        .ask('/api/v1/setup', { body: { code: people.setUpCode, name: 'eve', password: goodPassword } })
    ).status,
    409,
  )
  await first.instance.stop(500)
  const second = await peopleScene(t, {
    store: memoryStore(state),
    withoutOwner: true,
    control: { host: '0.0.0.0' },
  })
  assert.ok(second.instance.people.accounts.hasOwner)
  const { port } = new URL(second.instance.control.url)
  if (outside) assert.equal(await reaches(`http://${outside}:${port}/healthz`), true)
})

test('what opens something lies in files that only who runs the instance may read', async t => {
  const scene = await peopleScene(t)
  await scene.local('/api/v1/accounts/owner/reset', {})
  for (const name of ['control.json', 'people.key', 'audit-key.pem'])
    assert.equal(statSync(join(scene.data, name)).mode & 0o777, 0o600, name)
})
