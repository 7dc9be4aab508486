import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser } from '../security/people-scene.ts'
import { oidcSecret, type TestProvider, withProvider } from './oidc-provider.ts'

/** From our page to the provider's pages, and back. */
async function logIn(browser: Browser, provider: TestProvider, login: string): Promise<Response> {
  const begun = await browser.ask('/api/v1/oidc/start', { redirect: 'manual' })
  assert.equal(begun.status, 302)
  const back = await provider.walk(begun.headers.get('location') ?? '', login)
  return browser.ask(back, { redirect: 'manual' })
}

test('people of an OpenID provider log in, and have the grants of their groups', async t => {
  const { scene, provider } = await withProvider(t)
  const browser = scene.browser()
  assert.deepEqual(await browser.get('/api/v1/login/ways'), {
    owner: true,
    ldap: false,
    oidc: { label: 'Company' },
  })
  const begun = await browser.ask('/api/v1/oidc/start', { redirect: 'manual' })
  const asked = new URL(begun.headers.get('location') ?? '').searchParams
  assert.equal(asked.get('code_challenge_method'), 'S256')
  for (const name of ['state', 'nonce', 'code_challenge'])
    assert.ok((asked.get(name) ?? '').length > 20, name)
  assert.match(begun.headers.getSetCookie()[0] ?? '', /HttpOnly; SameSite=Lax$/)

  const done = await logIn(browser, provider, 'ann')
  assert.equal(done.status, 302)
  assert.equal(done.headers.get('location'), '/')
  const me = await browser.get<{ name: string; origin: string; grants: unknown }>('/api/v1/me')
  assert.equal(me.name, 'ann@example.com')
  assert.equal(me.origin, 'oidc')
  assert.deepEqual(me.grants, [{ role: 'operator', scope: { flows: ['alpha'] } }])
  assert.equal((await browser.ask('/api/v1/accounts')).status, 403)
  // No password works for it, and none can be set.
  assert.equal((await scene.browser().logIn('ann@example.com')).status, 401)
  assert.equal((await scene.local('/api/v1/accounts/ann@example.com/reset', {})).status, 409)
  assert.equal((await scene.local('/api/v1/accounts/ann@example.com/grants', { grants: [] })).status, 409)
})

test('other groups are other grants at the next login, and end what was begun with those before', async t => {
  const { scene, provider } = await withProvider(t)
  const browser = scene.browser()
  await logIn(browser, provider, 'ann')
  provider.people = { ann: { sub: 'u-1', name: 'ann@example.com', groups: ['integration'] } }
  const second = scene.browser()
  await logIn(second, provider, 'ann')
  assert.equal((await second.ask('/api/v1/accounts')).status, 200)
  assert.equal((await browser.ask('/api/v1/me')).status, 401)
  await scene.local('/api/v1/accounts/ann@example.com/disabled', { disabled: true })
  assert.equal((await logIn(scene.browser(), provider, 'ann')).status, 403)
})

test('nobody comes in without a group of ours, by the name of another, or with an answer that is not its own', async t => {
  const { scene, provider } = await withProvider(t)
  provider.people = {
    guest: { sub: 'u-2', name: 'guest', groups: [] },
    thief: { sub: 'u-3', name: 'owner', groups: ['integration'] },
    ann: { sub: 'u-1', name: 'ann', groups: ['sales'] },
    other: { sub: 'u-9', name: 'ann', groups: ['integration'] },
  }
  assert.equal((await logIn(scene.browser(), provider, 'guest')).status, 403)
  assert.equal((await logIn(scene.browser(), provider, 'thief')).status, 403, 'owner is an account of ours')
  assert.equal((await logIn(scene.browser(), provider, 'ann')).status, 302)
  assert.equal(
    (await logIn(scene.browser(), provider, 'other')).status,
    403,
    'another person of the same name',
  )

  // The answer of one browser in another (log-in CSRF), a changed state, an answer used again, none at all.
  const browser = scene.browser()
  const begun = await browser.ask('/api/v1/oidc/start', { redirect: 'manual' })
  const back = await provider.walk(begun.headers.get('location') ?? '', 'ann')
  const stranger = scene.browser()
  assert.equal((await stranger.ask(back, { redirect: 'manual' })).status, 401)
  await stranger.ask('/api/v1/oidc/start', { redirect: 'manual' })
  assert.equal((await stranger.ask(back, { redirect: 'manual' })).status, 401)
  const trip = browser.cookies.get('isthmus-trip') ?? ''
  const changed = new URL(back)
  changed.searchParams.set('state', 'x'.repeat(43))
  assert.equal((await browser.ask(changed.href, { redirect: 'manual' })).status, 401)
  assert.equal((await browser.ask(back, { redirect: 'manual' })).status, 302)
  browser.cookies.set('isthmus-trip', trip)
  assert.equal((await browser.ask(back, { redirect: 'manual' })).status, 401, 'a code works once')
  assert.equal((await scene.browser().ask('/api/v1/oidc/callback', { redirect: 'manual' })).status, 401)
  const audit = await (await scene.local('/api/v1/audit?action=login')).text()
  assert.ok(!audit.includes(oidcSecret))
})
