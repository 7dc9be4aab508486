import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { until } from '../control/control-scene.ts'
import {
  cleanForAll,
  go,
  launchBrowser,
  plainTexts,
  type Reader,
  reader,
  showTo,
  tooWide,
  withoutChromium,
} from './browser.ts'
import { type PipelineScene, pipelineScene } from './pipeline-scene.ts'

const readers: readonly Reader[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
]

describe('the pages of pipelines and of quality', { skip: withoutChromium }, () => {
  let scene: PipelineScene
  let browser: Browser
  let published: string
  let failed: string

  before(async () => {
    ;[scene, browser] = await Promise.all([pipelineScene(), launchBrowser()])
    for (let no = 1; no <= 40; no++) scene.add(no, `${no}.5`)
    await scene.night(40)
    scene.add(7, 'much')
    published = await scene.night(2)
    scene.add(41, '5000')
    failed = await scene.night(1)
  })
  after(async () => {
    await browser?.close()
    await scene?.stop()
  })

  const open = (t: TestContext, who: Reader = {}) =>
    reader(t, browser, scene.url, { token: scene.token, ...who })
  const runAt = (key: string) => `pipelines/night/${encodeURIComponent(key)}`
  const rowOf = async () => {
    const { rows } = await scene.get<{ rows: { id: string }[] }>(
      `/api/v1/pipelines/night/rows?run=${encodeURIComponent(published)}`,
    )
    return rows[0]?.id ?? ''
  }

  it('are clean for axe in both themes and languages, leave no text in another one, and hold at a small window', async t => {
    const page = await open(t)
    await page.goto('/local/pipelines')
    const places = [
      ['pipelines', 'pipelines'],
      ['pipeline', 'pipelines/night'],
      ['pipeline-strip', 'pipelines/night?as=strip'],
      ['pipeline-table', 'pipelines/night?as=table'],
      // Pages of one kind do not follow each other: who goes on is seen to be there.
      ['run-published', runAt(published)],
      ['pipeline-never', 'pipelines/by-hand'],
      ['run-failed', runAt(failed)],
      ['quality', `quality?pipeline=night&table=orders`],
      ['quality-row', `quality?pipeline=night&row=${await rowOf()}`],
      ['quality-checks', 'quality?tab=checks'],
      ['quality-drift', 'quality?tab=drift'],
    ] as const
    for (const [n, [name, place]] of places.entries()) {
      await visit(page, place)
      await cleanForAll(page, name, readers, { isFirst: n === 0 })
      await showTo(page, { language: 'pseudo' })
      assert.deepEqual(await page.evaluate(plainTexts), [], place)
      await page.setViewportSize({ width: 1280, height: 900 })
      assert.equal(await page.evaluate(tooWide), 0, place)
      await page.setViewportSize({ width: 1440, height: 900 })
      await showTo(page, {})
    }
  })

  it('say within the first screen how far data are, what failed and why, and how the rows add up', async t => {
    const page = await open(t)
    await page.goto('/local/pipelines')
    const row = page.getByRole('row').filter({ hasText: 'night' })
    await row.getByText('Failed').waitFor()
    await page.getByText('1 never ran').waitFor()
    await page.goto(`/local/${runAt(failed)}`)
    await page.getByText('Failed before publication: a check did not hold').waitFor()
    await page.getByText('PIPELINE-CHECK').waitFor()
    await page.getByText(/^Slowest: /).waitFor()
    await page.getByText('Adds up: read = filtered').waitFor()
    await page.getByText('1 examples').press('Enter')
    await page.getByText('"5000.00"').waitFor()
    await page.goto('/local/quality?tab=checks')
    await page.getByText('held in 2 of 3 runs').waitFor()
    await page.getByText('119 of 121 rows').waitFor()
    await page.getByText('No run has come so far.').waitFor()
  })

  it('lead by keys alone from a calendar to a run and its cause, mend a row and load it', async t => {
    const page = await open(t)
    const month = (key: string) => new Date(Date.parse(key) - 86_400_000).toISOString().slice(0, 7)
    await page.goto(`/local/pipelines/night?month=${month(published)}`)
    const marks = page.locator('.calendar td:not(.other) a')
    await marks.last().focus()
    if (month(published) === month(failed)) await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await page.getByText('Published: 39 of 40 rows').waitFor()
    await page.getByRole('link', { name: 'orders: 1 set aside' }).press('Enter')
    await page.getByRole('link', { name: 'Row 7', exact: true }).press('Enter')
    const editor = page.getByRole('textbox', { name: 'Row as it should have come' })
    await editor.focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText('{"no": 7, "buyer": "Li Na", "amount": "7.5", "day": "2026-05-01"}')
    await page.getByText('"7.5"').first().waitFor()
    await page.keyboard.press('Control+Enter')
    await page.keyboard.type('a typing mistake')
    await page.keyboard.press('Enter')
    await page.getByText('Mended', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Load its rows again…' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('it is mended')
    await page.keyboard.press('Enter')
    await page.waitForURL(/%2B|\+/)
    await page.getByText('Published: 1 of 1 rows').waitFor()
    await page.getByText('local: it is mended').waitFor()
    await page.getByText(/orders 20/).waitFor()
  })

  it('resume what failed once its cause is away, with a reason', async t => {
    const page = await open(t)
    await page.goto(`/local/${runAt(failed)}`)
    scene.add(41, '50')
    await page.getByRole('button', { name: 'Run this date again…' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('dialog').count(), 1, 'not without a reason')
    await page.keyboard.type('the order was mended')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await until(async () => (await scene.over(failed)) === 'published')
    await page.getByText('Published: 40 of 41 rows').waitFor()
    await page.getByText('A person, attempt 2').waitFor()
  })

  it('offer nobody what is not allowed, and say what is missing', async t => {
    const { people } = scene.instance
    const grants = [{ role: 'viewer' as const }]
    const base = { origin: 'local', disabled: false, tokens: [], created: 1 } as const
    await people.accounts.create({ ...base, name: 'vic', grants })
    const session = await people.sessions.begin('vic', '127.0.0.1', 'test')
    const page = await reader(t, browser, scene.url)
    await page.context().addCookies([{ name: 'isthmus', value: session, url: scene.url }])
    await page.goto(`/local/${runAt(published)}`)
    const order = page.getByRole('button', { name: 'Run this date again…' })
    await order.focus()
    await order.getByText('You lack the permission “operate”').waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('dialog').count(), 0)
  })
})

async function visit(page: Page, place: string): Promise<void> {
  await go(page, `/local/${place}`)
  await page.locator('h1').waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}
