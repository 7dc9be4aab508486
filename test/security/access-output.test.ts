import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlRoutes } from '../../src/server/control/routes.ts'
import { canary, goodPassword, peopleScene } from './people-scene.ts'

const samples: Record<string, string> = { flow: 'alpha', seq: '1', source: 'crm-a.orders', account: 'ann' }
const sample = (path: string) => path.replace(/\{(\w+)\}/g, (_, name) => samples[name] ?? 'sample')

test('no answer holds a secret: none of systems, of accounts, of sessions, of tokens, nor a hash of one', async t => {
  const scene = await peopleScene(t)
  await scene.park('alpha', '1')
  const ann = await scene.person('ann', [{ role: 'admin' }])
  await scene.local('/api/v1/accounts/ann/reset', {})
  const { token } = await ann.get<{ token: string }>('/api/v1/me/tokens/new', { name: 'ci' })
  const { people, control } = scene.instance
  const { password, reset, tokens } = people.accounts.get('ann')
  const secrets = [
    canary,
    token,
    control.token,
    password,
    reset?.hash,
    tokens[0]?.hash,
    people.setUpCode,
    ann.session,
  ]
  const read = controlRoutes.filter(({ method, contentType }) => {
    return method === 'GET' && contentType !== 'text/event-stream'
  })
  for (const { path } of read) {
    const text = await (await ann.ask(sample(path), { redirect: 'manual' })).text()
    for (const secret of secrets) if (secret) assert.ok(!text.includes(secret), `${path} tells ${secret}`)
    assert.doesNotMatch(text, /scrypt\$/)
  }
  const account = await ann.get('/api/v1/accounts/ann')
  assert.equal(account.password, false)
  assert.equal(typeof account.reset, 'number')
})

test('a browser does not run, frame, guess or keep an answer, whatever is in it', async t => {
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'admin' }])
  const evil = '<img src=x onerror=alert(1)>'
  for (const path of [
    '/api/v1/status',
    `/api/v1/messages?key=${encodeURIComponent(evil)}`,
    `/api/${evil}`,
    '/healthz',
    '/metrics',
  ]) {
    const { headers } = await ann.ask(path)
    assert.match(headers.get('content-type') ?? '', /^(application\/(problem\+)?json|text\/plain)/, path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
  }
  // Anything else is the console itself, where it has been built: our own files, and no script but theirs.
  const page = await ann.ask(`/${evil}`)
  if (page.status === 404) return
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/)
  assert.doesNotMatch(page.headers.get('content-security-policy') ?? '', /unsafe/)
  assert.ok(!(await page.text()).includes('onerror'))
})

test('errors tell no more than what helps, with a reference that the log repeats', async t => {
  const scene = await peopleScene(t)
  const ann = await scene.person('ann', [{ role: 'viewer' }])
  const inside = '/var/lib/isthmus/journal.db: no such table secret_stuff'
  Object.assign(scene.instance.operations, { status: () => Promise.reject(new Error(inside)) })
  const response = await ann.ask('/api/v1/status')
  assert.equal(response.status, 500)
  const problem = (await response.json()) as { detail: string; reference: string }
  assert.doesNotMatch(JSON.stringify(problem), /journal|table|stack|\.db/)
  assert.ok(scene.log.some(({ text }) => text.includes(problem.reference) && text.includes('no such table')))
  // What is not JSON, is too much, or is no request at all, too.
  const url = scene.instance.control.url
  const headers = { 'content-type': 'application/json' }
  for (const body of ['{', '{"name":1e999}', 'x'.repeat(20_000)]) {
    const answer = await fetch(`${url}/api/v1/login`, { method: 'POST', headers, body })
    assert.ok(answer.status >= 400 && answer.status < 500, body.slice(0, 20))
    const text = await answer.text()
    assert.match(text, /"reference"/)
    assert.doesNotMatch(text, /node_modules|\.ts:|FST_|stack/)
  }
})

test('passwords and codes appear in no log and in no audit', async t => {
  const scene = await peopleScene(t, { withoutOwner: true })
  const browser = scene.browser()
  const { people } = scene.instance
  const body = { code: people.setUpCode, name: 'ann', password: goodPassword }
  const answer = (await (await browser.ask('/api/v1/setup', { body })).json()) as { csrf: string }
  browser.csrf = answer.csrf
  await browser.get('/api/v1/me/password', { old: goodPassword, password: 'a new good password' })
  await browser.logIn('ann', 'a wrong good password')
  const audit = await (await scene.local('/api/v1/audit?limit=500')).text()
  for (const secret of [
    goodPassword,
    'a new good password',
    'a wrong good password',
    people.setUpCode,
    browser.session,
  ]) {
    assert.ok(!JSON.stringify(scene.log).includes(secret), secret)
    assert.ok(!audit.includes(secret), secret)
  }
})
