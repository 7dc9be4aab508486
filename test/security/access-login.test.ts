import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hashPassword } from '../../src/server/people/passwords.ts'
import { idleTime, sessionTime } from '../../src/server/people/sessions.ts'
import { stepAt, totpCode } from '../../src/server/people/totp.ts'
import { type Browser, goodPassword, type PeopleScene, peopleScene } from './people-scene.ts'

async function withPassword(
  scene: PeopleScene,
  name: string,
  role: 'viewer' | 'engineer' | 'admin' = 'engineer',
) {
  const password = await hashPassword(goodPassword)
  const base = { origin: 'local', disabled: false, tokens: [], created: 1 } as const
  await scene.instance.people.accounts.create({ ...base, name, password, grants: [{ role }] })
}

test('a login answers the same for a wrong password and for somebody who is not there', async t => {
  const scene = await peopleScene(t)
  await withPassword(scene, 'ann')
  const answer = async (name: string) => {
    const response = await scene.browser().logIn(name, 'wrong password')
    const { reference, ...rest } = (await response.json()) as Record<string, unknown>
    return rest
  }
  assert.deepEqual(await answer('ann'), await answer('nobody'))
  // owner has an account, and no password.
  assert.deepEqual(await answer('ann'), await answer('owner'))
  const time = async (name: string) => {
    const before = process.cpuUsage()
    await answer(name)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  // The slow hash is computed for nobody too: without it an answer costs some hundredth of this.
  const [known, unknown] = [await time('ann'), await time('nobody-2')]
  assert.ok(unknown > known / 4 && known > unknown / 4, `${known} and ${unknown} microseconds of work`)
})

test('sessions: the cookie is for browsers alone, is new at each login, and ends when it is left', async t => {
  const scene = await peopleScene(t)
  await withPassword(scene, 'ann')
  const browser = scene.browser()
  browser.cookies.set('isthmus', 'set-by-somebody-else')
  const response = await browser.logIn('ann')
  assert.equal(response.status, 200)
  const [line = ''] = response.headers.getSetCookie()
  assert.match(line, /^isthmus=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
  const first = browser.session
  assert.equal((await browser.logIn('ann')).status, 200)
  assert.notEqual(browser.session, first)
  const earlier = scene.browser()
  earlier.cookies.set('isthmus', first)
  assert.equal((await earlier.ask('/api/v1/me')).status, 401)
  await browser.get('/api/v1/logout', {})
  assert.equal(browser.session, '')
  const left = scene.browser()
  left.cookies.set('isthmus', first)
  assert.equal((await left.ask('/api/v1/me')).status, 401)
})

test('behind https cookies are Secure and bound to the host, and the browser is told to stay there', async t => {
  const environment = { ISTHMUS_CONTROL_URL: 'https://isthmus.example.com', ISTHMUS_SECOND_FACTOR: '0' }
  const scene = await peopleScene(t, { environment })
  await withPassword(scene, 'ann')
  const response = await scene.browser().logIn('ann')
  assert.equal(response.status, 200)
  for (const line of response.headers.getSetCookie()) {
    assert.match(line, /^__Host-isthmus/)
    assert.match(line, /; Path=\/; .*; Secure$/)
  }
  assert.match(response.headers.get('strict-transport-security') ?? '', /max-age/)
})

test('sessions end at once when password, grants or second factor change, and when the account is disabled', async t => {
  const scene = await peopleScene(t)
  await withPassword(scene, 'ann')
  const changes: [path: string, body: unknown][] = [
    ['/api/v1/accounts/ann/grants', { grants: [{ role: 'viewer' }] }],
    ['/api/v1/accounts/ann/sessions/end', {}],
    ['/api/v1/accounts/ann/totp/remove', {}],
    ['/api/v1/accounts/ann/disabled', { disabled: true }],
  ]
  for (const [path, body] of changes) {
    const ann = await scene.person('ann', [])
    assert.equal((await ann.ask('/api/v1/me')).status, 200)
    assert.equal((await scene.local(path, body)).status, 200)
    assert.equal((await ann.ask('/api/v1/me')).status, 401, path)
  }
  await scene.local('/api/v1/accounts/ann/disabled', { disabled: false })
  const [one, two] = [await scene.person('ann', []), await scene.person('ann', [])]
  await one.get('/api/v1/me/password', { old: goodPassword, password: 'another good password' })
  assert.equal((await one.ask('/api/v1/me')).status, 200)
  assert.equal((await two.ask('/api/v1/me')).status, 401)
})

test('sessions end after half an hour without use, and after twelve hours in any case', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'viewer' }])
  const status = async () => (await ann.ask('/api/v1/me')).status
  t.mock.timers.tick(idleTime - 1_000)
  assert.equal(await status(), 200)
  t.mock.timers.tick(idleTime + 1_000)
  assert.equal(await status(), 401)
  const again = await scene.person('ann', [])
  for (let age = 0; age + idleTime < sessionTime; age += idleTime - 1_000) {
    assert.equal((await again.ask('/api/v1/me')).status, 200, `after ${age} ms`)
    t.mock.timers.tick(idleTime - 1_000)
  }
  t.mock.timers.tick(idleTime - 1_000)
  assert.equal((await again.ask('/api/v1/me')).status, 401)
})

test('an order needs the token of the session, and comes from our own pages', async t => {
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'engineer' }])
  const { csrf } = ann
  const host = new URL(scene.instance.control.url).host
  const cases: [csrf: string, headers: Record<string, string>, status: number][] = [
    [csrf, {}, 200],
    [csrf, { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, 200],
    ['', {}, 403],
    ['x', {}, 403],
    [csrf, { origin: 'https://evil.example' }, 403],
    [csrf, { origin: 'null' }, 403],
    [csrf, { origin: `http://${host}.evil.example` }, 403],
    [csrf, { 'sec-fetch-site': 'cross-site' }, 403],
    [csrf, { 'sec-fetch-site': 'same-site' }, 403],
  ]
  for (const [token, headers, status] of cases) {
    ann.csrf = token
    const response = await ann.ask('/api/v1/can', { body: [], headers })
    assert.equal(response.status, status, JSON.stringify([token, headers]))
  }
  ann.csrf = csrf
  // Nobody is logged in by a page of somebody else either.
  for (const path of ['/api/v1/login', '/api/v1/setup', '/api/v1/password']) {
    const { status } = await ann.ask(path, { body: {}, headers: { origin: 'https://evil.example' } })
    assert.equal(status, 403, path)
  }
  const { headers } = await ann.ask('/api/v1/me', { headers: { origin: 'https://evil.example' } })
  assert.equal(headers.get('access-control-allow-origin'), null)
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
  const asked = await ann.ask('/api/v1/can', { method: 'OPTIONS', headers: preflight })
  assert.equal(asked.headers.get('access-control-allow-origin'), null)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  assert.equal((await ann.ask('/api/v1/can', { body: [], headers: form })).status, 415)
})

test('who guesses is slowed down; the owner is not locked out by it', async t => {
  const scene = await peopleScene(t, { environment: { ISTHMUS_CONTROL_PROXIES: '127.0.0.1' } })
  await withPassword(scene, 'ann', 'admin')
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const owner = scene.browser()
  const attempt = (browser: Browser, password: string, headers: Record<string, string>) =>
    browser.ask('/api/v1/login', { body: { name: 'ann', password }, headers })
  assert.equal((await attempt(owner, goodPassword, from('10.0.0.1'))).status, 200)
  const { limits } = scene.instance.people.login
  const seen: number[] = []
  for (let n = 0; n < 7; n++) seen.push((await attempt(scene.browser(), 'wrong', from('10.6.6.6'))).status)
  assert.deepEqual(seen.slice(0, 5), [401, 401, 401, 401, 401])
  assert.ok(seen.includes(429))
  // From many addresses: what would take an hour is counted directly.
  for (let n = 0; n < 200; n++) limits.failed({ name: 'ann', address: `10.7.0.${n}`, device: undefined })
  const refused = await attempt(scene.browser(), goodPassword, from('10.8.0.1'))
  assert.equal(refused.status, 429)
  const { seconds } = (await refused.json()) as { seconds: number }
  assert.ok(seconds > 0 && seconds <= 60)
  assert.equal((await attempt(owner, goodPassword, from('10.9.0.1'))).status, 200)
  // A cookie that was not given to this account, or is made up, makes nobody known.
  const forged = scene.browser()
  forged.cookies.set('isthmus-device', encodeURIComponent('ann|x|y'))
  assert.equal((await attempt(forged, goodPassword, from('10.8.0.1'))).status, 429)
})

test('X-Forwarded-For is believed of configured peers only', async t => {
  const scene = await peopleScene(t)
  const browser = scene.browser()
  await browser.ask('/api/v1/login', {
    body: { name: 'ann', password: 'wrong' },
    headers: { 'x-forwarded-for': '203.0.113.9' },
  })
  const { records } = (await (await scene.local('/api/v1/audit?action=login')).json()) as {
    records: { address: string }[]
  }
  assert.equal(records[0]?.address, '127.0.0.1')
})

test('a second factor: a code works once, also for two at a time, and only who knows the password is asked', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const scene = await peopleScene(t)
  await withPassword(scene, 'ann')
  const ann = scene.browser()
  await ann.logIn('ann')
  const { secret, uri } = await ann.get<{ secret: string; uri: string }>('/api/v1/me/totp', {})
  assert.match(uri, /^otpauth:\/\/totp\/Isthmus%20test:ann\?secret=[A-Z2-7]{32}&issuer=Isthmus%20test$/)
  const code = () => totpCode(secret, stepAt(Date.now()))
  assert.equal((await ann.ask('/api/v1/me/totp/confirm', { body: { code: '000000' } })).status, 403)
  await ann.get('/api/v1/me/totp/confirm', { code: code() })

  const blind = await scene.browser().logIn('ann', 'wrong password', code())
  assert.equal(((await blind.json()) as { needs?: string }).needs, undefined)
  const without = await scene.browser().logIn('ann')
  assert.equal(without.status, 401)
  assert.equal(((await without.json()) as { needs?: string }).needs, 'totp')
  assert.equal(
    (await scene.browser().logIn('ann', goodPassword, code())).status,
    401,
    'spent at the confirmation',
  )
  t.mock.timers.tick(30_000)
  const both = await Promise.all([1, 2].map(() => scene.browser().logIn('ann', goodPassword, code())))
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401])
  // The secret stands nowhere in the clear.
  const kept = JSON.stringify(scene.instance.people.accounts.get('ann'))
  assert.ok(!kept.includes(secret))
})

test('who has lost the app comes in with a recovery code, each once, and none stands anywhere in the clear', async t => {
  const scene = await peopleScene(t)
  await withPassword(scene, 'ann')
  const ann = scene.browser()
  await ann.logIn('ann')
  const { secret } = await ann.get<{ secret: string }>('/api/v1/me/totp', {})
  const { recovery } = await ann.get<{ recovery: string[] }>('/api/v1/me/totp/confirm', {
    code: totpCode(secret, stepAt(Date.now())),
  })
  assert.equal(new Set(recovery).size, 8)
  const [first = '', second = ''] = recovery
  const statusOf = async (code: string) => (await scene.browser().logIn('ann', goodPassword, code)).status
  assert.equal(await statusOf('AAAA-BBBB-CCCC-DDDD'), 401)
  const both = await Promise.all([statusOf(first), statusOf(first.toLowerCase().replaceAll('-', ' '))])
  assert.deepEqual(both.sort(), [200, 401], 'once, also for two at a time, however it is written')
  assert.equal(await statusOf(second), 200)
  const kept = JSON.stringify(scene.instance.people.accounts.get('ann'))
  assert.ok(!recovery.some(code => kept.includes(code)))
  await ann.get('/api/v1/me/totp/remove', { password: goodPassword })
  assert.equal(scene.instance.people.accounts.get('ann').totp, undefined)
})

test('made-up answers of security keys open nothing', async t => {
  const environment = { ISTHMUS_CONTROL_URL: 'http://localhost:1', ISTHMUS_SECOND_FACTOR: '0' }
  const scene = await peopleScene(t, { environment })
  await withPassword(scene, 'ann')
  const keys = [{ id: 'AAAA', label: 'blue', publicKey: 'AAAA', counter: 0, at: 1 }]
  await scene.instance.people.accounts.change('ann', 'test', () => ({ keys }))
  const asked = await scene.browser().logIn('ann')
  const { key } = (await asked.json()) as { key: { challenge: string; allowCredentials: { id: string }[] } }
  assert.deepEqual(
    key.allowCredentials.map(({ id }) => id),
    ['AAAA'],
  )
  const clientDataJSON = Buffer.from(
    JSON.stringify({ type: 'webauthn.get', challenge: key.challenge, origin: 'http://localhost:1' }),
  ).toString('base64url')
  const response = { clientDataJSON, authenticatorData: 'AAAA', signature: 'AAAA' }
  const answers = [
    null,
    7,
    'AAAA',
    {},
    { id: 'BBBB' },
    { id: 'AAAA' },
    { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response, clientExtensionResults: {} },
  ]
  for (const answer of answers) {
    scene.instance.people.login.limits.succeeded({ name: 'ann', address: '127.0.0.1', device: undefined })
    const body = { name: 'ann', password: goodPassword, key: answer }
    assert.equal((await scene.browser().ask('/api/v1/login', { body })).status, 401, JSON.stringify(answer))
  }
  const without = await peopleScene(t)
  const bob = await without.person('bob', [{ role: 'viewer' }])
  assert.equal(
    (await bob.ask('/api/v1/me/keys/begin', { body: {} })).status,
    409,
    'bound to an address that is not known',
  )
})

test('where others may come, who may break things needs a second factor before anything else', async t => {
  const scene = await peopleScene(t, { environment: { ISTHMUS_CONTROL_URL: 'http://isthmus.example.com' } })
  await withPassword(scene, 'ann', 'admin')
  await withPassword(scene, 'vera', 'viewer')
  const headers = { origin: 'http://isthmus.example.com' }
  const ann = scene.browser()
  await ann.logIn('ann')
  assert.deepEqual((await ann.get<{ must: string[] }>('/api/v1/me')).must, ['totp'])
  const refused = await ann.ask('/api/v1/accounts')
  assert.equal(refused.status, 403)
  assert.equal(((await refused.json()) as { must: string }).must, 'totp')
  const { secret } = (await (await ann.ask('/api/v1/me/totp', { body: {}, headers })).json()) as {
    secret: string
  }
  await ann.get('/api/v1/me/totp/confirm', { code: totpCode(secret, stepAt(Date.now())) })
  assert.equal((await ann.ask('/api/v1/accounts')).status, 200)
  const vera = scene.browser()
  await vera.logIn('vera')
  assert.equal((await vera.ask('/api/v1/status')).status, 200)
})

test('a new password: no rules of composition, long ones whole, and none that is guessed first', async t => {
  const scene = await peopleScene(t)
  await withPassword(scene, 'annabelle')
  const ann = await scene.person('annabelle', [])
  const change = (password: string) =>
    ann.ask('/api/v1/me/password', { body: { old: goodPassword, password } })
  for (const weak of ['short', 'password1', 'Qwertyuiop', '11111111', 'annabelle1', 'ISTHMUS2026', ''])
    assert.equal((await change(weak)).status, 400, weak)
  const long = `${'密码 ünï 🔑 '.repeat(20)}end`
  assert.equal((await change(long)).status, 200)
  assert.equal((await scene.browser().logIn('annabelle', long)).status, 200)
  assert.equal(
    (await scene.browser().logIn('annabelle', long.slice(0, -1))).status,
    401,
    'nothing is cut off',
  )
  const { password = '' } = scene.instance.people.accounts.get('annabelle')
  assert.match(password, /^scrypt\$32768\$8\$3\$/)
})

test('API tokens are shown once, kept as a hash, go no further than their grants and account, and end', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'operator' }])
  const order = {
    name: 'ci',
    grants: [{ role: 'admin', scope: { flows: ['alpha'], systems: ['crm-a'] } }],
    days: 1,
  }
  const { id, token } = await ann.get<{ id: string; token: string }>('/api/v1/me/tokens/new', order)
  assert.match(token, /^ist_[\w-]{43}$/)
  const listed = JSON.stringify(await ann.get('/api/v1/me/tokens'))
  assert.ok(!listed.includes(token) && !listed.includes('hash'))
  assert.ok(!JSON.stringify(scene.instance.people.accounts.get('ann')).includes(token))
  const { url } = scene.instance.control
  const asToken = (path: string, body?: unknown) =>
    fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const me = (await (await asToken('/api/v1/me')).json()) as { name: string; permissions: string[] }
  assert.equal(me.name, 'token:ci of ann')
  assert.ok(!me.permissions.includes('people'), 'its account may not')
  assert.equal((await asToken('/api/v1/sources/crm-a.orders/resync', {})).status, 200)
  assert.equal((await asToken('/api/v1/sources/erp-b.orders/resync', {})).status, 403)
  // It makes no more of itself, and changes nothing of its account.
  for (const path of ['/api/v1/me/tokens/new', '/api/v1/me/password', '/api/v1/me/totp'])
    assert.ok([400, 403].includes((await asToken(path, { name: 'more' })).status), path)
  await scene.local('/api/v1/accounts/ann/grants', { grants: [{ role: 'viewer' }] })
  assert.equal(
    (await asToken('/api/v1/sources/crm-a.orders/resync', {})).status,
    403,
    'its account may no more',
  )
  t.mock.timers.tick(24 * 60 * 60_000 + 1)
  assert.equal((await asToken('/api/v1/me')).status, 401)
  const revoked = await scene.local(`/api/v1/accounts/ann/tokens/${id}/revoke`, {})
  assert.equal(revoked.status, 200)
})

test('an admin begins a reset, and never chooses or learns a password', async t => {
  const scene = await peopleScene(t)
  await withPassword(scene, 'ann')
  const admin = await scene.person('root', [{ role: 'admin' }])
  for (const field of ['password', 'passwordHash', 'newPassword']) {
    const body = { grants: [], [field]: 'chosen by an admin' }
    assert.equal((await admin.ask('/api/v1/accounts/ann/grants', { body })).status, 400)
    assert.equal((await admin.ask('/api/v1/accounts/ann/reset', { body: { [field]: 'x' } })).status, 400)
  }
  const started = await admin.get<{ file: string; code?: string }>('/api/v1/accounts/ann/reset', {})
  assert.equal(started.code, undefined)
  assert.equal((await scene.browser().logIn('ann')).status, 200, 'nobody is locked out by it')
  const [, code = ''] = /: (\S+) /.exec(readFileSync(started.file, 'utf8')) ?? []
  const set = (given: string, password: string) =>
    scene.browser().ask('/api/v1/password', { body: { name: 'ann', code: given, password } })
  assert.equal((await set('wrong', 'a new good password')).status, 403)
  assert.equal((await set(code, 'password1')).status, 400)
  const session = await scene.person('ann', [])
  assert.equal((await set(code.toLowerCase(), 'a new good password')).status, 200)
  assert.equal((await session.ask('/api/v1/me')).status, 401)
  assert.equal((await set(code, 'another good password')).status, 403, 'it works once')
  assert.equal((await scene.browser().logIn('ann')).status, 401)
  assert.equal((await scene.browser().logIn('ann', 'a new good password')).status, 200)
  // Whoever runs the instance gets the code itself: so an owner comes in again.
  const local = (await (await scene.local('/api/v1/accounts/ann/reset', {})).json()) as { code: string }
  assert.equal((await set(local.code, 'yet another password')).status, 200)
})

test('fields that nobody may set are refused, wherever they are given', async t => {
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'admin' }])
  const tries: [path: string, body: object][] = [
    ['/api/v1/accounts/new', { name: 'eve', grants: [], origin: 'oidc' }],
    ['/api/v1/accounts/new', { name: 'eve', grants: [], password: 'x'.repeat(20) }],
    ['/api/v1/accounts/new', { name: 'eve', grants: [{ role: 'admin', within: [] }] }],
    ['/api/v1/accounts/new', { name: 'eve', grants: [{ role: 'owner' }] }],
    ['/api/v1/accounts/ann/grants', { grants: [], disabled: true }],
    ['/api/v1/me/tokens/new', { name: 'x', hash: 'y' }],
    ['/api/v1/me/tokens/new', { name: 'x', expires: 9e15 }],
    ['/api/v1/login', { name: 'ann', password: 'x', admin: true }],
    ['/api/v1/can', [{ action: 'view', actor: 'owner' }]],
    ['/api/v1/flows/alpha/messages/1/decision', { do: 'retry', status: 'delivered' }],
  ]
  for (const [path, body] of tries)
    assert.equal((await ann.ask(path, { body })).status, 400, `${path} ${JSON.stringify(body)}`)
  const polluted = await ann.ask('/api/v1/accounts/new', {
    body: JSON.parse('{"name":"eve","grants":[],"__proto__":{"a":1}}'),
  })
  assert.equal(polluted.status, 400)
})

test('an order bears the name of who gives it, and no other', async t => {
  const scene = await peopleScene(t)
  await scene.park('alpha', '1')
  const ann = await scene.person('ann', [{ role: 'engineer' }])
  const path = '/api/v1/flows/alpha/messages/1/decision'
  assert.equal((await ann.ask(path, { body: { do: 'retry', by: 'owner' } })).status, 403)
  const many = { decision: { do: 'retry', by: 'owner' }, filter: { flow: 'alpha' } }
  assert.equal((await ann.ask('/api/v1/parked/decision', { body: many })).status, 403)
  assert.equal((await ann.ask(path, { body: { do: 'retry' } })).status, 200)
  const message = await ann.get<{ decisions: { by: string }[] }>('/api/v1/flows/alpha/messages/1')
  assert.equal(message.decisions[0]?.by, 'ann')
})

test('the last owner stays one', async t => {
  const scene = await peopleScene(t)
  const refused = [
    ['/api/v1/accounts/owner/disabled', { disabled: true }],
    ['/api/v1/accounts/owner/grants', { grants: [{ role: 'viewer' }] }],
    ['/api/v1/accounts/owner/grants', { grants: [{ role: 'admin', scope: { flows: ['a'] } }] }],
  ] as const
  for (const [path, body] of refused) assert.equal((await scene.local(path, body)).status, 409)
  await scene.person('second', [{ role: 'admin' }])
  assert.equal((await scene.local('/api/v1/accounts/owner/disabled', { disabled: true })).status, 200)
})
