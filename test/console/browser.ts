import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'

const executablePath = process.env.ISTHMUS_TEST_CHROMIUM

/** Milliseconds that a page is waited for. */
const patience = 120_000

/** Why there is no browser to test with. */
export const withoutChromium =
  executablePath === undefined &&
  process.env.ISTHMUS_REQUIRE_SERVERS === undefined &&
  'ISTHMUS_TEST_CHROMIUM is not set: npm test sets it where Chromium is'

/** Kept as artifacts; the important ones are copied into the documentation. */
const shots = fileURLToPath(new URL('shots', import.meta.url))

export type Theme = 'light' | 'dark'
export type ConsoleLanguage = 'en' | 'zh' | 'pseudo'

export interface Reader {
  readonly theme?: Theme
  readonly language?: ConsoleLanguage
  readonly width?: number
  /** Sent with every request; a session of its own where it is absent. */
  readonly token?: string
}

/** A browser for one test file; closed behind it. */
export async function launchBrowser(): Promise<Browser> {
  assert.ok(executablePath, 'ISTHMUS_TEST_CHROMIUM is set')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--force-color-profile=srgb'],
    headless: true,
    timeout: patience,
  })
}

/** A fresh profile that looks at an instance as a reader of this kind. What the page logs as an error fails the test. */
export async function reader(t: TestContext, browser: Browser, url: string, who: Reader = {}): Promise<Page> {
  const { theme = 'light', language = 'en', width = 1440, token } = who
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: 900 },
    locale: language === 'zh' ? 'zh-CN' : 'en-GB',
    timezoneId: 'Asia/Shanghai',
    colorScheme: theme,
    reducedMotion: 'reduce',
    ...(token !== undefined && { extraHTTPHeaders: { authorization: `Bearer ${token}` } }),
  })
  t.after(() => context.close())
  context.setDefaultTimeout(patience)
  await prefer(context, language, theme)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    // What is refused on purpose is told by the page itself.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      complaints.push(message.text())
  })
  t.after(() => assert.deepEqual(complaints, [], 'errors in the browser'))
  return page
}

async function prefer(context: BrowserContext, language: ConsoleLanguage, theme: Theme): Promise<void> {
  const preferences = preferencesOf(language, theme)
  await context.addInitScript(`localStorage.setItem('isthmus.preferences', ${preferences})`)
}

/** As a text in a script. */
function preferencesOf(language: ConsoleLanguage, theme: Theme): string {
  return JSON.stringify(JSON.stringify({ language, theme, keys: true }))
}

/** Goes to an address as a link of the console does: nothing is loaded again. Resolves when another page is there. */
export async function go(page: Page, address: string): Promise<void> {
  await page.locator('main > *').first().waitFor()
  const isSame = new URL(page.url()).pathname === address.replace(/\?.*/, '')
  const before = await page.evaluate(heading)
  if (!isSame) await page.evaluate(`document.querySelector('main').firstElementChild.dataset.left = ''`)
  await page.evaluate(`history.pushState({}, '', ${JSON.stringify(address)})`)
  await page.waitForURL(url => url.href.endsWith(address))
  if (isSame) return
  const another = page.locator('main > :not([data-left])')
  const deadline = performance.now() + patience
  // A page of another key may keep its outermost element, and change what is in it.
  while ((await another.count()) === 0 && (await page.evaluate(heading)) === before) {
    assert.ok(performance.now() < deadline, `${address} did not come`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const heading = `document.querySelector('main h1')?.textContent`

/** Shows what is there to another kind of reader, as another window of the same reader would have it: nothing is loaded again. */
export async function showTo(page: Page, { theme = 'light', language = 'en' }: Reader): Promise<void> {
  await page.evaluate(`localStorage.setItem('isthmus.preferences', ${preferencesOf(language, theme)})
    window.dispatchEvent(new StorageEvent('storage'))
    new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(seen))))`)
}

/** What everybody sees on each page is looked at whole for the first of them; of the rest the page itself. */
export async function cleanForAll(
  page: Page,
  name: string,
  readers: readonly Reader[],
  { isFirst = false, shots = true } = {},
): Promise<void> {
  for (const [n, who] of readers.entries()) {
    await showTo(page, who)
    const look = `${who.language}-${who.theme}`
    assert.deepEqual(
      await violations(page, isFirst || n === 0 ? 'document' : '"main"'),
      [],
      `${name} ${look}`,
    )
    if (shots) await shoot(page, `${name}-${look}`)
  }
}

/** Texts of the shell and of headings that the pseudo-language has not touched. */
export const plainTexts = `[...document.querySelectorAll('h1, h2, h3, th, dt, label, nav a, button, [role=tab]')]
  .flatMap(element => [...element.childNodes])
  .filter(node => node.nodeType === 3 && /[A-Za-z]{3}/.test(node.data) && !node.data.includes('~'))
  .filter(node => !node.parentElement.closest('[translate=no], .mono, code, [data-name], .island, .broken'))
  .map(node => node.data)`

/** By how many pixels the page is wider than its window. */
export const tooWide =
  'document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds against WCAG 2.2 AA and its best practices: `rule: place of the first`. Pages are asked within `root` alone. */
export async function violations(page: Page, root = 'document'): Promise<string[]> {
  // Through the debugger, which the page's own policy does not bind.
  const session = await page.context().newCDPSession(page)
  const run = `axe.run(${root}, { resultTypes: ['violations'], selectors: false, iframes: false, preload: false,
      runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] })
    .then(found => JSON.stringify(found.violations.map(each => each.id + ': ' + each.nodes.length + ' × ' + each.nodes[0].html.slice(0, 200))))`
  const isThere = await session.send('Runtime.evaluate', { expression: 'window.axe !== undefined' })
  if (isThere.result.value !== true) await session.send('Runtime.evaluate', { expression: axe })
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: run,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return JSON.parse(result.value as string)
}

/** Walks to a part of the page as those do who have no pointer. Fails where the keyboard does not get there. */
export async function tabTo(page: Page, part: Locator): Promise<void> {
  await part.waitFor()
  for (let steps = 0; steps < 150; steps++) {
    // Within its own root, where it has one.
    if (
      await part.evaluate(
        it => it === (it.getRootNode() as unknown as Pick<Document, 'activeElement'>).activeElement,
      )
    )
      return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The keyboard does not get to ${part}.`)
}

/** By how much the colours of two pictures differ at most, of 255. Those of different sizes differ wholly. */
export async function farthest(browser: Browser, one: Buffer, other: Buffer): Promise<number> {
  const page = await browser.newPage()
  const pictures = JSON.stringify([one, other].map(picture => picture.toString('base64')))
  const most = await page.evaluate<number>(`Promise.all(${pictures}.map(async text => {
    const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + text)).blob())
    const { width, height } = picture
    const paper = new OffscreenCanvas(width, height).getContext('2d')
    paper.drawImage(picture, 0, 0)
    return paper.getImageData(0, 0, width, height)
  })).then(([one, other]) => one.width !== other.width || one.height !== other.height ? 255
    : one.data.reduce((most, value, at) => Math.max(most, Math.abs(value - other.data[at])), 0))`)
  await page.close()
  return most
}

/** Keys that mean something together when they come soon after each other: none waits until the one before was seen. */
export async function pressTogether(page: Page, ...keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map(key => page.keyboard.press(key)))
}

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true })
  const session = await page.context().newCDPSession(page)
  // Written fast, not small.
  const { data } = await session.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true })
  await session.detach()
  writeFileSync(join(shots, `${name}.png`), Buffer.from(data, 'base64'))
}
