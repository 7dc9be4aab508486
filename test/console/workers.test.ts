import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { until } from '../control/control-scene.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { type Running, start } from '../workers/harness.ts'
import {
  cleanForAll,
  launchBrowser,
  plainTexts,
  reader,
  showTo,
  tooWide,
  withoutChromium,
} from './browser.ts'

const readers = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
] as const

describe('the page of workers, over members at work', { skip: withoutChromium }, () => {
  let browser: Browser
  let threads: Running
  const ends: (() => unknown)[] = []

  before(async () => {
    browser = await launchBrowser()
    threads = await start({ after: work => ends.unshift(work) }, { count: 2 })
  })
  after(async () => {
    await browser?.close()
    for (const end of ends) await end()
  })

  /** Opens the page, and sees that all is held. Fails at the end if it was loaded again meanwhile. */
  const open = async (t: TestContext, { instance }: Running, workers: number): Promise<Page> => {
    const { url, token } = instance.control
    const page = await reader(t, browser, url, { token })
    await page.goto('/prod/workers')
    await page.evaluate('window.isTheSame = true')
    await page.getByText(`All 16 partitions are held by ${workers} workers`).waitFor()
    return page
  }
  const stays = async (page: Page) =>
    assert.equal(await page.evaluate('window.isTheSame'), true, 'nothing was loaded again')

  /** How the page calls the worker with this number that is not silent. */
  const letterOf = (page: Page, worker: number): Promise<string> =>
    rowOf(page, worker).locator('.letter').innerText()

  it('see one killed and another restarted, where their partitions go, and who runs which version', {
    skip: withoutPostgres,
  }, async t => {
    const schema = freshSchema()
    const url = new URL(testUrl)
    url.searchParams.set('schema', schema)
    const store = postgresStore({ url: testUrl, schema })
    const running = await start(t, { count: 3, store, environment: { ISTHMUS_STORE: url.href } })
    t.after(() => dropSchema(schema))
    const page = await open(t, running, 3)
    const log = page.getByRole('log')

    const killed = await letterOf(page, 1)
    running.workers.hands.get(1)?.kill()
    await entry(page, killed, 'gives no sign of life: others take over').waitFor()
    await log
      .getByText(new RegExp(`took \\d+ partitions? of ${killed}: `))
      .first()
      .waitFor()
    await page.getByText('All 16 partitions are held by 3 workers').waitFor()
    await page.getByText(new RegExp(`${killed} fell silent .* ago; others have taken over`)).waitFor()
    const another = await letterOf(page, 1)
    assert.notEqual(another, killed, 'who starts again is another member')
    await entry(page, another, /joined with version/).waitFor()

    const stopped = await letterOf(page, 2)
    running.workers.hands.get(2)?.stop(20_000)
    await entry(page, stopped, 'is gone').waitFor()
    await page.getByText(/A rolling restart is under way|Restarted: all/).waitFor()
    await log
      .getByText(new RegExp(`took \\d+ partitions? of ${stopped}: `))
      .first()
      .waitFor()
    await page.getByText('All 16 partitions are held by 3 workers').waitFor()
    assert.notEqual(await letterOf(page, 2), stopped)

    const newer = await store.join?.(
      { id: 'newer', name: 'the newer one', roles: ['intake'], version: '9.9.9' },
      {},
    )
    assert.ok(newer)
    await newer.beat({ leaving: false, load: {} })
    await page.getByText('A rolling restart is under way: 1 of 5 run 9.9.9').waitFor()
    await newer.leave()
    await page.getByText('run 9.9.9').waitFor({ state: 'detached' })

    await stays(page)
    await cleanForAll(page, 'workers-watched', readers, { isFirst: true })
    await showTo(page, { language: 'pseudo' })
    assert.deepEqual(await page.evaluate(plainTexts), [])
    await page.setViewportSize({ width: 1280, height: 900 })
    assert.equal(await page.evaluate(tooWide), 0)
  })

  it('show one member alone by keys, in the drawing and in what changed, and all again', async t => {
    const page = await open(t, threads, 2)
    const [letter, other] = [await letterOf(page, 1), await letterOf(page, 2)]
    await entry(page, other, /joined with version/).waitFor()
    await page.locator('tbody a').first().focus()
    for (let n = 0; n < 6 && !(await page.evaluate<string>(focused)).includes('worker 1'); n++)
      await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText(`Only ${letter}`, { exact: true }).waitFor()
    await page.waitForURL(/member=/)
    await until(async () => (await page.locator('.partition.chosen').count()) === 8)
    await entry(page, letter, /joined with version/).waitFor()
    assert.equal(await entry(page, other, /joined with version/).count(), 0)
    await page.keyboard.press('Escape')
    await page.getByText(`Only ${letter}`, { exact: true }).waitFor({ state: 'detached' })
    assert.doesNotMatch(page.url(), /member=/)
    await entry(page, other, /joined with version/).waitFor()
  })

  it('keep what was seen, with its age, while the server is away', async t => {
    const page = await open(t, threads, 2)
    await page.route('**/api/v1/workers', route => route.abort())
    await page.getByRole('alert').waitFor()
    await page.getByText(/^As of \d/).waitFor()
    assert.equal(await page.locator('ol.partitions > li').count(), 16)
    await page.unroute('**/api/v1/workers')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  it('tell threads of one process apart, and see the partitions of one that dies move at once', async t => {
    const page = await open(t, threads, 2)
    const other = await letterOf(page, 2)
    const killed = await letterOf(page, 1)
    threads.workers.hands.get(1)?.kill()
    await entry(page, killed, 'is gone').waitFor()
    await page
      .getByRole('log')
      .getByText(new RegExp(`took \\d+ partitions? of ${killed}: `))
      .first()
      .waitFor()
    await page.getByText('All 16 partitions are held by 2 workers').waitFor()
    assert.equal(await letterOf(page, 2), other, 'who stays keeps its letter')
    await stays(page)
  })
})

const focused = 'document.activeElement.textContent'

function rowOf(page: Page, worker: number) {
  return page
    .locator('tbody tr')
    .filter({ hasText: new RegExp(`worker ${worker}(?!\\d)`) })
    .filter({ hasNotText: 'Silent' })
}

/** A line of what changed, about the member with this letter. */
function entry(page: Page, letter: string, text: string | RegExp) {
  return page
    .getByRole('log')
    .getByRole('listitem')
    .filter({ has: page.locator('.letter', { hasText: new RegExp(`^${letter}$`) }) })
    .filter({ hasText: text })
    .first()
}
