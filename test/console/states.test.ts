import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page, Route } from 'playwright-core'
import { landscape } from '../../src/index.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import {
  cleanForAll,
  farthest,
  go,
  launchBrowser,
  type Reader,
  reader,
  showTo,
  withoutChromium,
} from './browser.ts'

/** Both themes and both languages. */
const readers: readonly Reader[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
]

/** Places, and pages of one thing each. Those with a dash ask for nothing before something is looked for. */
const lists = [
  'landscape',
  'landscape?view=list',
  'messages?q=SO-1',
  'flows',
  'systems',
  'failures',
  'failures?by=flow',
  'failures?by=message',
  'sagas',
  'indoubt',
  'alerts',
  'workers',
  'balance',
  'models',
  'audit',
  'access?tab=accounts',
] as const
const details = [
  'messages/SO-1',
  'messages/SO-1/edit?flow=none&seq=1',
  'flows/none',
  'systems/none',
  'sagas/none/SO-1',
  'alerts/none',
  'failures/batch/none',
  'models/none',
] as const
const all = [...lists, ...details]

/** What every page needs to be shown at all. */
const always = /\/api\/v1\/(me|views|roles|stream)$/

describe('empty, loading and failed pages of the console', { skip: withoutChromium }, () => {
  let instance: Instance
  let browser: Browser
  const data = mkdtempSync(join(tmpdir(), 'isthmus-states-'))

  before(async () => {
    const nothing = landscape({ name: 'plant', systems: [], flows: [] })
    const options = { landscape: nothing, data, port: 0, control: { port: 0 }, environment: {} }
    ;[instance, browser] = await Promise.all([startInstance({ ...options, log: () => {} }), launchBrowser()])
  })
  after(async () => {
    await browser?.close()
    await instance?.stop(500)
    rmSync(data, { recursive: true, force: true })
  })

  /** Every page in one state, seen by all: two windows share the work. */
  async function each(
    t: TestContext,
    state: string,
    answer: ((route: Route) => Promise<unknown> | undefined) | undefined,
    look: (page: Page, place: string) => Promise<void>,
  ): Promise<void> {
    const halves = [all.filter((_, n) => n % 2 === 0), all.filter((_, n) => n % 2 === 1)]
    const { url, token } = instance.control
    const wrong: string[] = []
    const visit = async (places: readonly string[]) => {
      const page = await reader(t, browser, url, { token })
      if (answer)
        await page.route('**/api/v1/**', route =>
          always.test(new URL(route.request().url()).pathname) ? route.continue() : answer(route),
        )
      await page.goto('/prod/access')
      await page.getByRole('heading', { level: 1 }).waitFor()
      for (const [n, place] of places.entries()) {
        await go(page, `/prod/${place}`)
        try {
          await page.locator('main h1').first().waitFor()
          await look(page, place)
          await cleanForAll(page, `${place} ${state}`, readers, { isFirst: n === 0, shots: false })
        } catch (error) {
          wrong.push(`${place}: ${error}`)
        }
        await showTo(page, {})
      }
      await page.unrouteAll({ behavior: 'ignoreErrors' })
    }
    await Promise.all(halves.map(visit))
    assert.deepEqual(wrong, [])
  }

  it('look the same to the last pixel to whoever opens their address anew', async t => {
    const { url, token } = instance.control
    const views = [
      'landscape?view=list',
      'messages?q=SO-1&state=failed&hide=first',
      'flows?hide=rate.waiting',
      'failures?by=message&state=doubt',
      'sagas?state=completed',
      'models?q=order',
      'access?tab=roles',
    ]
    const seen = async (page: Page) => {
      await page.locator('main h1').first().waitFor()
      await page.locator('main .skeleton').first().waitFor({ state: 'detached' })
      await page.getByText('Live', { exact: true }).waitFor()
      await page.locator('main').focus()
      return page.screenshot({ animations: 'disabled', caret: 'hide' })
    }
    const walking = await reader(t, browser, url, { token })
    await walking.goto('/prod/balance')
    await walking.locator('main h1').first().waitFor()
    const fresh = await reader(t, browser, url, { token })
    for (const view of views) {
      await go(walking, `/prod/${view}`)
      const before = await seen(walking)
      await fresh.goto(walking.url())
      // Rounded corners are drawn with up to two of 255 more or less.
      assert.ok((await farthest(browser, before, await seen(fresh))) <= 3, view)
    }
  })

  it('say that something is on its way, under their heading', t =>
    each(
      t,
      'loading',
      () => undefined,
      async (page, place) => {
        await page.locator('main [role=status]').first().waitFor()
        assert.equal(await page.getByRole('alert').count(), 0, place)
      },
    ))

  it('say what failed, under their heading, and that alone', t =>
    each(
      t,
      'failed',
      route =>
        route.fulfill({
          status: 409,
          contentType: 'application/problem+json',
          body: JSON.stringify({ code: 'STORE-UNAVAILABLE', detail: 'gone', reference: 'ref-1' }),
        }),
      async page => {
        await page.getByRole('alert').getByText('The store cannot be reached now').first().waitFor()
        await page.getByRole('navigation', { name: 'Places' }).waitFor()
      },
    ))

  it('say why there is nothing', t =>
    each(t, 'empty', undefined, async (page, place) => {
      await page.locator('main .skeleton').first().waitFor({ state: 'detached' })
      const said = page.locator('main .empty, main [role=alert], main .status.ok, main .notice')
      // Accounts are there always: the local one of who asks.
      if (!place.startsWith('access')) await said.first().waitFor()
    }))
})
