import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { alert, alertChannel, secret } from '../../src/index.ts'
import { type ControlScene, controlScene, until } from '../control/control-scene.ts'
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

const readers: readonly Reader[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
]

const rule = alert('messages-parked', {
  metric: 'isthmus_messages_parked',
  above: 0,
  keep: '0s',
  text: {
    en: 'Messages of {flow} wait for a decision: {value}',
    zh: '流程 {flow} 有 {value} 条消息等待人工处理',
  },
})
const channel = alertChannel('on-call', {
  kind: 'dingtalk',
  url: secret('DING_URL'),
  secret: secret('DING_SECRET'),
})

describe('alerts, flows and systems in the console', { skip: withoutChromium }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser?.close())

  /** One order was refused for good; the channel lacks its secret. */
  async function scene(t: TestContext, channels = [channel]): Promise<ControlScene> {
    const made = await controlScene(t, {
      parts: { alerts: [rule], alertChannels: channels },
      alertsEvery: 50,
    })
    await made.accept([{ no: '1', buyer: 'Li', ask: 'refuse' }])
    await until(async () => {
      const { alerts } = await made.instance.operations.alerts.list()
      return alerts.some(({ status }) => status === 'firing')
    })
    return made
  }

  const open = ({ instance: { control } }: ControlScene, t: TestContext, who: Reader = {}) =>
    reader(t, browser, control.url, { token: control.token, ...who })

  it('are clean for axe and in the language of the reader', async t => {
    const made = await scene(t)
    const pages = [
      'alerts',
      'alerts/messages-parked~booking',
      'flows',
      'flows/booking',
      'systems',
      'systems/shop',
    ]
    const page = await open(made, t)
    await page.goto('/local/access')
    for (const [n, place] of pages.entries()) {
      await go(page, `/local/${place}`)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      await cleanForAll(page, place.replace(/\W+/g, '-'), readers, { isFirst: n === 0 })
      assert.equal(await page.evaluate(tooWide), 0, place)
      await cleanForAll(page, place, [{ theme: 'dark', language: 'pseudo' }], { shots: false })
      assert.equal(await page.evaluate(tooWide), 0, `${place} pseudo`)
      assert.deepEqual(await page.evaluate(plainTexts), [], place)
      await showTo(page, {})
    }
  })

  it('say at once that nobody is told when there is no channel, and why one does not work', async t => {
    const page = await open(await scene(t, []), t)
    await visit(page, 'alerts')
    await page.getByRole('alert').getByText('Nobody is told of alerts').waitFor()
    const other = await open(await scene(t), t)
    await visit(other, 'alerts')
    await other.getByRole('alert').getByText('on-call does not take alerts').waitFor()
    await other
      .getByRole('alert')
      .getByText(/DING_URL is not set/)
      .waitFor()
    await other.getByRole('button', { name: 'Send a test' }).click()
    await other
      .getByRole('status')
      .getByText(/on-call: .*DING_URL/)
      .waitFor()
  })

  it('are taken on and silenced by keys alone, with an end and a reason', async t => {
    const made = await scene(t)
    const page = await open(made, t)
    await visit(page, 'alerts')
    await page.getByText('1 warning').waitFor()
    await page.getByRole('button', { name: 'I have it' }).press('Enter')
    await page.getByText('local has it').waitFor()
    await page.getByRole('button', { name: 'Silence…' }).press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Silence…' }).press('Enter')
    assert.equal((await made.instance.operations.alerts.silences()).length, 0, 'not without a reason')
    await dialog.getByLabel('Reason').fill('The ERP is being moved')
    await dialog.getByLabel('For how long').selectOption('4h')
    await dialog.getByLabel('Reason').press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page
      .getByText(/Silent until .* by local/)
      .first()
      .waitFor()
    const [silence] = await made.instance.operations.alerts.silences()
    assert.equal(silence?.why, 'The ERP is being moved')
    assert.ok(Math.abs((silence?.until ?? 0) - Date.now() - 4 * 3_600_000) < 120_000)
    await page.getByRole('button', { name: 'End it' }).press('Enter')
    await page.getByRole('button', { name: 'End it' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /wait for a decision/ }).press('Enter')
    await page.getByRole('heading', { name: 'What to do' }).waitFor()
    for (const word of ['Fired', 'Somebody has it'])
      await page.getByRole('cell', { name: word }).first().waitFor()
    await page.getByRole('link', { name: 'booking' }).first().press('Enter')
    await page.waitForURL(/\/flows\/booking/)
    await page.getByText('Every message is accounted for').waitFor()
  })

  it('pause a flow with a reason that everybody sees, and let it go on', async t => {
    const made = await scene(t)
    const page = await open(made, t)
    await visit(page, 'flows/booking')
    await page.getByText('Every message is accounted for').waitFor()
    await page.getByRole('button', { name: 'Pause…' }).press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('Stocktaking')
    await dialog.getByRole('button', { name: 'Pause…' }).press('Enter')
    await page.getByText('Paused by local: Stocktaking').waitFor()
    await made.accept([{ no: '2', buyer: 'Li', ask: 'ok' }])
    assert.equal(made.booked.length, 0)
    await page.getByRole('button', { name: 'Resume' }).press('Enter')
    await until(() => made.booked.length === 1)
    await page.getByText('Paused by local: Stocktaking').waitFor({ state: 'detached' })
    await page.getByRole('cell', { name: 'Resumed' }).waitFor()
  })
})

async function visit(page: Page, place: string): Promise<void> {
  await page.goto(`/local/${place}`)
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}
