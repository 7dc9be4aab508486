import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { IsthmusError } from '../../src/errors.ts'
import { until } from '../control/control-scene.ts'
import { type LandscapeScene, landscapeScene, order } from '../control/landscape-scene.ts'
import { cleanForAll, go, launchBrowser, type Reader, reader, showTo, withoutChromium } from './browser.ts'

const readers: readonly Reader[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
  { theme: 'light', language: 'pseudo' },
]

describe('messages and their traces in a browser', { skip: withoutChromium }, () => {
  let browser: Browser

  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser?.close())

  /** Two orders have arrived, one has stopped at finance, and one is large. */
  const filled = async (t: TestContext): Promise<LandscapeScene> => {
    const scene = await landscapeScene(t)
    await scene.accept([order('SO-1'), order('SO-2', { note: 'x'.repeat(100_000) })])
    await until(() => scene.booked.length === 2)
    scene.answer = new IsthmusError('TARGET-REFUSED', '422 taxCode is required', {
      detail: { status: 422 },
    })
    await scene.accept([order('SO-30')])
    const failed = async () =>
      (await scene.get<{ found: { state: string }[] }>('/api/v1/search?q=SO-30')).found
    await until(async () => (await failed())[0]?.state === 'failed')
    return scene
  }
  const open = async (
    t: TestContext,
    scene: LandscapeScene,
    path: string,
    who: Reader = {},
  ): Promise<Page> => {
    const { url, token } = scene.instance.control
    const page = await reader(t, browser, url, { token, ...who })
    await page.goto(`/prod/${path}`)
    await page.locator('main').waitFor()
    return page
  }

  it('are clean for axe in every theme and language', async t => {
    const page = await open(t, await filled(t), 'messages')
    for (const [n, [place, seen]] of [
      ['messages', 'textarea'],
      ['messages?q=SO-', '[role=gridcell]'],
      ['messages?q=XX-9', '.empty'],
      ['messages/SO-30', '.steps'],
      ['messages/SO-30?tab=mapping', '.steps'],
      ['messages/SO-30?tab=calls', '.steps'],
      ['messages/SO-30?tab=tries', '.facts'],
      ['messages/SO-2?hop=orders-to-sales/2&step=source', '.steps'],
      ['messages/none', '.empty'],
    ].entries()) {
      await go(page, `/prod/${place}`)
      await page
        .locator(seen as string)
        .first()
        .waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      await cleanForAll(page, String(place).replace(/\W+/g, '-'), readers, { isFirst: n === 0 })
      await showTo(page, {})
    }
  })

  it('are found by typing, with what was searched, and opened by the keyboard alone', async t => {
    const page = await open(t, await filled(t), 'messages')
    await page.getByRole('textbox', { name: /Business key/ }).pressSequentially('SO-')
    await page.getByText('1 stopped').waitFor()
    await page.getByText(/Searched .* messages of 2 flows.*complete/).waitFor()
    assert.match(page.url(), /q=SO-/)
    await page.locator('.long-table .body').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/messages\/SO-30/)
    await page.getByText('Stopped at hop 2').waitFor()
  })

  it('tell which rule changed which field, hop by hop, and the address says what is seen', async t => {
    const scene = await filled(t)
    const page = await open(t, scene, 'messages/SO-30')
    await page.getByText('422 taxCode is required').first().waitFor()
    await page.locator('h1').click()
    await page.keyboard.press('[')
    await page.waitForURL(/hop=orders-to-sales/)
    await page.getByRole('button', { name: /^clean/ }).click()
    const row = page.getByRole('row', { name: /material/ })
    await row.getByText('"BOLT-M8"', { exact: true }).waitFor()
    assert.match(await row.innerText(), /White space at both ends was removed trim/)
    assert.match(await row.innerText(), /Letters became capitals upperCase/)
    await page.goto('/prod/messages/SO-30?tab=calls')
    await page.getByText('Status of the last answer').waitFor()
    await page.getByText('422', { exact: true }).waitFor()
    await page.goBack()
    const other = await open(t, scene, page.url().split('/prod/')[1] ?? '')
    await other
      .getByRole('row', { name: /material/ })
      .getByText('"BOLT-M8"', { exact: true })
      .waitFor()
  })

  it('ask for nothing in the middle of a composition', async t => {
    const page = await open(t, await filled(t), 'messages')
    const box = page.getByRole('textbox', { name: /Business key/ })
    await box.dispatchEvent('compositionstart')
    await box.pressSequentially('so')
    await page.waitForTimeout(600)
    assert.doesNotMatch(page.url(), /q=/)
    await box.dispatchEvent('compositionend')
    await page.waitForURL(/q=so/)
  })
})
