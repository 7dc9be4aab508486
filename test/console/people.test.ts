import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../../scripts/servers/kept.ts'
import { stepAt, totpCode } from '../../src/server/people/totp.ts'
import { until } from '../control/control-scene.ts'
import { withProvider } from '../control/oidc-provider.ts'
import { goodPassword, peopleScene } from '../security/people-scene.ts'
import {
  cleanForAll,
  go,
  launchBrowser,
  pressTogether,
  type Reader,
  reader,
  shoot,
  showTo,
  tabTo,
  violations,
  withoutChromium,
} from './browser.ts'

const skip = withoutChromium
let browser: Browser
before(async () => {
  if (!skip) browser = await launchBrowser()
})
after(async () => {
  if (!skip) await browser.close()
})

/** Lets the page be somebody who has logged in. */
async function signedIn(page: Page, session: string, url: string): Promise<void> {
  await page
    .context()
    .addCookies([{ name: 'isthmus', value: session, url, sameSite: 'Strict', httpOnly: true }])
}

test('the first owner is set with the printed code, by the keyboard alone, and comes in', {
  skip,
}, async t => {
  const scene = await peopleScene(t, { withoutOwner: true })
  const page = await reader(t, browser, scene.instance.control.url)
  await page.goto('/')
  await page.getByRole('heading', { name: 'Set the first owner' }).waitFor()
  assert.deepEqual(await violations(page), [])
  await page.getByLabel('Code that the instance printed').focus()
  await page.keyboard.type('AAAA-BBBB')
  for (const text of ['王伟', goodPassword, goodPassword]) {
    await page.keyboard.press('Tab')
    await page.keyboard.type(text)
  }
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('This code is wrong.').waitFor()
  await page.getByLabel('Code that the instance printed').fill(scene.instance.people.setUpCode)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  assert.ok(scene.instance.people.accounts.hasOwner)
  assert.equal(await page.evaluate('document.cookie'), '', 'no script reads the session')
})

test('an account is made, its owner sets a password with the code, and sees why something is not allowed', {
  skip,
}, async t => {
  const scene = await peopleScene(t)
  const { url } = scene.instance.control
  const owner = await scene.person('owner', [{ role: 'admin' }])
  const page = await reader(t, browser, url)
  await signedIn(page, owner.session, url)
  await page.goto('/prod/access?tab=accounts')
  await page.getByRole('button', { name: 'New account…' }).click()
  await page.getByLabel('Name to sign in with').fill('ann')
  await page.getByLabel('Role').selectOption('operator')
  await page.getByLabel('Flows').fill('alpha')
  await page.getByRole('button', { name: 'Make the account' }).click()
  const code = (await page.locator('.secret').textContent()) ?? ''
  assert.match(code, /^[A-Z0-9]{4}(-[A-Z0-9]{4}){3}$/)
  await page.getByRole('link', { name: 'ann' }).click()
  await page.getByRole('button', { name: 'Change grants…' }).waitFor()
  assert.deepEqual(await violations(page), [])
  await shoot(page, 'access-accounts')

  const ann = await reader(t, browser, url)
  await ann.goto('/prod/audit')
  await ann.getByRole('button', { name: 'Set a password with a code' }).click()
  await ann.getByLabel('Name').fill('ann')
  await ann.getByLabel('Code that you were given').fill(code)
  await ann.getByLabel('New password').fill('password1')
  await ann.getByLabel('The same again').fill('password1')
  await ann.getByRole('button', { name: 'Set the password' }).click()
  await ann.getByRole('alert').getByText('This password is among those that are tried first.').waitFor()
  await ann.getByLabel('New password').fill(goodPassword)
  await ann.getByLabel('The same again').fill(goodPassword)
  await ann.getByRole('button', { name: 'Set the password' }).click()
  await ann.getByText('The password is set.').waitFor()
  await ann.getByLabel('Name').fill('ann')
  await ann.getByLabel('Password', { exact: true }).fill('wrong')
  await ann.getByRole('button', { name: 'Sign in' }).click()
  await ann.getByText('Name or password is wrong.').waitFor()
  await ann.getByLabel('Password', { exact: true }).fill(goodPassword)
  await ann.getByRole('button', { name: 'Sign in' }).click()
  // The address that was asked for is still there, and says what is missing.
  await ann.getByText('You lack the permission “audit”').waitFor()

  await page.getByRole('button', { name: 'Disable…' }).click()
  await page.getByLabel('Reason').fill('has left')
  await page.getByRole('dialog').getByRole('button', { name: 'Disable…' }).click()
  await page.getByText('Disabled').waitFor()
  await ann.reload()
  await ann.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('whoever may break things sets up a second factor before anything else, and signs in with it', {
  skip,
}, async t => {
  const scene = await peopleScene(t, { withoutOwner: true, environment: { ISTHMUS_SECOND_FACTOR: '1' } })
  const page = await reader(t, browser, scene.instance.control.url)
  await page.goto('/')
  await page.getByLabel('Code that the instance printed').fill(scene.instance.people.setUpCode)
  await page.getByLabel('Name').fill('root')
  await page.getByLabel('New password').fill(goodPassword)
  await page.getByLabel('The same again').fill(goodPassword)
  await page.getByRole('button', { name: 'Become the owner' }).click()
  await page.getByText('you need a second factor').waitFor()
  await page.getByRole('button', { name: 'Begin' }).click()
  const secret = ((await page.locator('.secret').textContent()) ?? '').replaceAll(' ', '')
  assert.deepEqual(await violations(page), [])
  const at = stepAt(Date.now())
  await page.getByLabel('Code that the app shows').fill(totpCode(secret, at))
  await page.getByRole('button', { name: 'Take it' }).click()
  await page.getByRole('button', { name: 'Done' }).waitFor()
  const recovery = ((await page.locator('.secret').textContent()) ?? '').split('\n')
  assert.equal(recovery.length, 8)
  assert.deepEqual(await violations(page), [])
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('navigation', { name: 'Places' }).waitFor()

  const again = await reader(t, browser, scene.instance.control.url)
  await again.goto('/')
  await again.getByLabel('Name').fill('root')
  await again.getByLabel('Password', { exact: true }).fill(goodPassword)
  await again.getByRole('button', { name: 'Sign in' }).click()
  await again.getByLabel('Code of your app').fill(totpCode(secret, Math.max(at + 1, stepAt(Date.now()))))
  await again.keyboard.press('Enter')
  await again.getByRole('navigation', { name: 'Places' }).waitFor()
})

test('a security key is a second factor: the browser answers for it', { skip }, async t => {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const scene = await peopleScene(t, {
    withoutOwner: true,
    control: { port },
    environment: { ISTHMUS_CONTROL_URL: url, ISTHMUS_SECOND_FACTOR: '0' },
  })
  const page = await reader(t, browser, url)
  const authenticator = await page.context().newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  const { authenticatorId } = await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'usb', automaticPresenceSimulation: true },
  })
  await page.goto('/')
  await page.getByLabel('Code that the instance printed').fill(scene.instance.people.setUpCode)
  await page.getByLabel('Name').fill('root')
  await page.getByLabel('New password').fill(goodPassword)
  await page.getByLabel('The same again').fill(goodPassword)
  await page.getByRole('button', { name: 'Become the owner' }).click()
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  await page.goto('/prod/access')
  await page.getByLabel('Name of a security key').fill('blue one')
  await page.getByRole('button', { name: 'Add the security key…' }).click()
  await page.getByText('blue one').waitFor()
  const [key] = scene.instance.people.accounts.get('root').keys ?? []
  assert.equal(key?.label, 'blue one')

  await page.context().clearCookies()
  await page.reload()
  const signIn = async () => {
    await page.getByLabel('Name').fill('root')
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Use the security key' }).click()
  }
  await signIn()
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  const used = scene.instance.people.accounts.get('root').keys?.[0]
  assert.ok((used?.counter ?? 0) > (key?.counter ?? 0))

  // Without the key the password opens nothing.
  await page.context().clearCookies()
  await authenticator.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
  await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'usb', automaticPresenceSimulation: true },
  })
  await page.reload()
  await signIn()
  await page.getByText('The security key did not answer.').waitFor()
})

test('people come in by the pages of their OpenID provider', { skip }, async t => {
  const { scene } = await withProvider(t)
  const page = await reader(t, browser, scene.instance.control.url)
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in with Company' }).waitFor()
  assert.deepEqual(await violations(page), [])
  await page.getByRole('link', { name: 'Sign in with Company' }).click()
  await page.locator('input[name=login]').fill('ann')
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  await page.getByText('ann@example.com').first().waitFor()
})

test('the audit tells who did what with what outcome, is filtered by its address, and is exported', {
  skip,
}, async t => {
  const scene = await peopleScene(t)
  const { url } = scene.instance.control
  await scene.park('alpha', '1')
  const owner = await scene.person('owner', [{ role: 'admin' }])
  const viewer = await scene.person('vera', [{ role: 'viewer' }])
  await viewer.ask('/api/v1/accounts')
  await owner.get('/api/v1/accounts/vera/grants', { grants: [{ role: 'operator' }], why: 'helps out' })
  await owner.get('/api/v1/parked/decision', {
    decision: { do: 'discard', why: 'twice' },
    filter: { flow: 'alpha' },
  })
  const entry = {
    operation: 'op-1',
    actor: 'ann',
    how: 'session',
    address: '',
    action: 'replay',
    object: 'x',
  } as const
  await scene.instance.people.audit.write({ ...entry, phase: 'asked' })

  const page = await reader(t, browser, url)
  await signedIn(page, owner.session, url)
  await page.goto('/prod/audit')
  await page.getByText('The chain is whole').waitFor()
  await page.getByText('1 without a known outcome').waitFor()
  await page.getByRole('row', { name: /vera .* Denied/ }).waitFor()
  const discarded = page.getByRole('row', { name: /owner Discarded messages .* Done/ })
  await discarded.getByRole('button').click()
  await page.getByText('twice', { exact: true }).waitFor()
  assert.match(page.url(), /no=\d+/)
  assert.deepEqual(await violations(page), [])
  await shoot(page, 'audit')

  const other = await reader(t, browser, url, { language: 'zh' })
  await signedIn(other, owner.session, url)
  await other.goto(page.url().replace(/\?.*/, '?actor=owner&outcome=ok'))
  await other.getByRole('row', { name: /owner 修改授权 .* 完成/ }).waitFor()
  assert.equal(await other.getByRole('row', { name: /无权限/ }).count(), 0)
  const [download] = await Promise.all([
    other.waitForEvent('download'),
    other.getByRole('button', { name: '导出…' }).click(),
  ])
  assert.equal(download.suggestedFilename(), 'audit.jsonl')
})

test('a role is changed with a reason, and the audit tells it, by keys alone', { skip }, async t => {
  const scene = await peopleScene(t)
  const { url } = scene.instance.control
  const owner = await scene.person('owner', [{ role: 'admin' }])
  await scene.person('ann', [{ role: 'viewer' }])
  const page = await reader(t, browser, url)
  await signedIn(page, owner.session, url)
  await page.goto('/prod/landscape')
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await pressTogether(page, 'g', 'c')
  await page.waitForURL(/\/access/)
  await tabTo(page, page.getByRole('tab', { selected: true }))
  const accounts = page.getByRole('tab', { name: 'Accounts' })
  while (!(await accounts.evaluate(tab => tab === tab.ownerDocument.activeElement))) await press('ArrowRight')
  await press('Enter')
  await tabTo(page, page.getByRole('link', { name: 'ann' }))
  await press('Enter')
  await tabTo(page, page.getByRole('button', { name: 'Change grants…' }))
  await press('Enter')
  const dialog = page.getByRole('dialog')
  await tabTo(page, dialog.getByLabel('Role'))
  await page.keyboard.type('Eng')
  await tabTo(page, dialog.getByLabel('Reason'))
  await page.keyboard.type('is on call')
  await press('Enter')
  await dialog.waitFor({ state: 'detached' })
  assert.deepEqual(scene.instance.people.accounts.get('ann').grants, [{ role: 'engineer' }])
  const back = page.getByRole('button', { name: 'Change grants…' })
  // The focus comes back to where it was.
  await until(() => back.evaluate(it => it === it.ownerDocument.activeElement))

  await pressTogether(page, 'g', 'u')
  await page.waitForURL(/\/audit/)
  const changed = page.getByRole('row', { name: /owner Gave other grants .*ann.* Done/ })
  await tabTo(page, changed.getByRole('button'))
  await press('Enter')
  await page.getByText('is on call', { exact: true }).waitFor()
  assert.match(page.url(), /no=\d+/)
})

test('axe finds nothing on sign-in, access and audit, in both languages and themes', { skip }, async t => {
  const scene = await peopleScene(t)
  const { url } = scene.instance.control
  const owner = await scene.person('owner', [{ role: 'admin' }])
  await owner.get('/api/v1/me/tokens/new', {
    name: 'ci',
    grants: [{ role: 'viewer', scope: { flows: ['alpha'] } }],
  })
  const looks: Reader[] = [
    { language: 'en', theme: 'light' },
    { language: 'zh', theme: 'dark' },
  ]
  const stranger = await reader(t, browser, url)
  await stranger.goto('/prod/access')
  await stranger.locator('form').waitFor()
  await cleanForAll(stranger, 'login', looks, { isFirst: true })
  const page = await reader(t, browser, url)
  await signedIn(page, owner.session, url)
  await page.goto('/prod/balance')
  for (const [n, place] of [
    'access?tab=me',
    'access?tab=accounts',
    'access?tab=roles',
    'access?tab=tokens',
    'access?tab=sessions',
    'audit',
  ].entries()) {
    await go(page, `/prod/${place}`)
    await page.locator('.panel .table').first().waitFor()
    await cleanForAll(page, place.replace('?tab=', '-'), looks, { isFirst: n === 0 })
    await showTo(page, {})
  }
})
