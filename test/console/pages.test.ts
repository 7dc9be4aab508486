import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import {
  cleanForAll,
  go,
  launchBrowser,
  plainTexts,
  pressTogether,
  type Reader,
  reader,
  showTo,
  tooWide,
  violations,
  withoutChromium,
} from './browser.ts'
import { type FactoryScene, factoryScene } from './factory-scene.ts'

const places = [
  'landscape',
  'landscape?view=list',
  'messages',
  'flows',
  'systems',
  'failures',
  'sagas',
  'indoubt',
  'alerts',
  'workers',
  'pipelines',
  'quality',
  'balance',
  'models',
  'audit',
  'access',
] as const

const readers: readonly Reader[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
]

describe('the pages of the console, over the factory', { skip: withoutChromium }, () => {
  let scene: FactoryScene
  let browser: Browser

  before(async () => {
    ;[scene, browser] = await Promise.all([factoryScene(), launchBrowser()])
  })
  after(async () => {
    await browser?.close()
    await scene?.stop()
  })

  const open = (t: TestContext, who: Reader = {}) =>
    reader(t, browser, scene.url, { token: scene.token, ...who })

  it('are clean for axe in every theme and language, leave no text in another one, and hold at a small window', async t => {
    const halves = [places.filter((_, n) => n % 2 === 0), places.filter((_, n) => n % 2 === 1)]
    await Promise.all(
      halves.map(async own => {
        const page = await open(t)
        await page.goto('/local/access')
        for (const [n, place] of own.entries()) {
          await visit(page, place)
          await cleanForAll(page, place.replace(/\W+/g, '-'), readers, { isFirst: n === 0 })
          await showTo(page, { language: 'pseudo' })
          assert.deepEqual(await page.evaluate(plainTexts), [], place)
          await page.setViewportSize({ width: 1280, height: 900 })
          assert.equal(await page.evaluate(tooWide), 0, place)
          await page.setViewportSize({ width: 1440, height: 900 })
          await showTo(page, {})
        }
      }),
    )
  })

  it('are reached by keys alone, and none of them works while a word is being composed', async t => {
    const page = await open(t)
    await visit(page, 'balance')
    await pressTogether(page, 'g', 'l')
    await page.waitForURL(/\/landscape/)
    await page.keyboard.press('/')
    const box = page.getByRole('combobox', { name: /business key/ })
    await box.pressSequentially('models')
    const composing = { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }
    await box.dispatchEvent('keydown', composing)
    assert.match(page.url(), /\/landscape/, 'the Enter that ends a composition does nothing')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/models/)
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('tell from an address alone what was seen: selection, view and time', async t => {
    const page = await open(t)
    await visit(page, 'landscape?view=list')
    await page.getByRole('button', { name: 'hours-to-erp' }).click()
    await page.waitForURL(/sel=/)
    const shown = page.getByRole('complementary').getByRole('heading')
    const heading = await shown.innerText()
    const other = await open(t)
    await other.goto(page.url())
    await other
      .getByText(heading.split('\n').at(-1) ?? '')
      .first()
      .waitFor()
  })

  it('keep a view of a list under a name, by keys: filters and columns, for others too, until it is deleted', async t => {
    const page = await open(t)
    await visit(page, 'sagas?state=completed')
    await page.keyboard.press('v')
    await page.getByRole('checkbox', { name: 'Began' }).focus()
    await page.keyboard.press('Space')
    await page.waitForURL(/hide=began/)
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Save this view…' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.type('Morning')
    await page.getByLabel('Everybody').press('Space')
    await page.getByLabel('Name of the view').press('Enter')
    await page.getByRole('button', { name: 'View: Morning' }).waitFor()

    const other = await open(t)
    await visit(other, 'sagas')
    await other.getByRole('button', { name: 'View: none' }).click()
    await other.getByRole('button', { name: 'Morning', exact: true }).click()
    await other.waitForURL(/state=completed&hide=began/)
    await other.getByRole('button', { name: 'View: Morning' }).waitFor()
    assert.equal(await other.getByRole('columnheader', { name: 'Began' }).count(), 0)
    await other.getByRole('columnheader', { name: 'Saga' }).waitFor()
    await other.getByRole('button', { name: 'View: Morning' }).click()
    await other.getByRole('button', { name: 'Delete the view Morning' }).click()
    await other.getByRole('button', { name: 'View: none' }).waitFor()
  })

  it('lead from a short link to the way of a business key, and to the search where several fit', async t => {
    const page = await open(t)
    const { sagas } = await page
      .context()
      .request.get('/api/v1/search?q=S')
      .then(async answer => ({ sagas: ((await answer.json()) as { found: { key: string }[] }).found }))
    const key = sagas[0]?.key ?? ''
    await page.goto(`/k/${encodeURIComponent(key)}`)
    await page.waitForURL(url => decodeURIComponent(url.pathname) === `/local/messages/${key}`)
    await page.goto(`/k/${encodeURIComponent(key.slice(0, 3))}`)
    await page.waitForURL(/\/local\/messages\?q=/)
    await page.getByRole('textbox', { name: /Business key/ }).waitFor()
  })

  it('answer at the first screen which bridge is broken, since when, why and how many wait', async t => {
    const page = await open(t)
    await visit(page, 'landscape')
    await page.getByText(/bridges? down/).waitFor()
    const inspector = page.getByRole('complementary')
    for (const word of ['Down', 'Since', 'Waiting', 'Cause'])
      await inspector.getByText(word, { exact: true }).first().waitFor()
  })

  it('prove the balance when asked to', async t => {
    const page = await open(t)
    await visit(page, 'balance')
    await page.getByRole('button', { name: /Prove it/ }).click()
    await page
      .getByText(/every number is in exactly one state/)
      .first()
      .waitFor()
  })

  it('keep the rest when a part fails, and say what', async t => {
    const page = await open(t)
    await page.route('**/api/v1/landscape/state', route =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'STORE-UNAVAILABLE', detail: 'gone', reference: 'ref-1' }),
      }),
    )
    await page.goto('/local/landscape')
    await page.getByRole('alert').getByText('The store cannot be reached now').waitFor()
    assert.deepEqual(await violations(page), [])
    const again = await page.getByRole('button', { name: 'Try again' }).elementHandle()
    await page.unroute('**/api/v1/landscape/state')
    // It may have asked again by itself meanwhile.
    await again?.evaluate(button => (button as unknown as { click(): void }).click())
    await page.getByText(/flows ·/).waitFor()
    await page.route('**/api/v1/landscape/state', route => route.abort())
    await page.getByText(/^As of \d/).waitFor()
    await page.getByText(/flows ·/).waitFor()
  })

  it('load nothing from elsewhere, run nothing inline, and store nothing but preferences', async t => {
    const page = await open(t)
    const asked: string[] = []
    page.on('request', request => asked.push(new URL(request.url()).origin))
    const answer = await page.goto('/local/landscape')
    await page.getByRole('heading', { name: 'Landscape' }).waitFor()
    assert.deepEqual([...new Set(asked)], [scene.url])
    const policy = answer?.headers()['content-security-policy'] ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"])
      assert.ok(policy.includes(rule), policy)
    assert.doesNotMatch(policy, /unsafe/)
    assert.deepEqual(await page.evaluate('Object.keys(localStorage)'), ['isthmus.preferences'])
  })
})

/** Goes there, and waits until nothing is loading. */
async function visit(page: Page, place: string): Promise<void> {
  if (page.url().startsWith('http')) await go(page, `/local/${place}`)
  else await page.goto(`/local/${place}`)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}
