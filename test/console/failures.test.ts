import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type ControlScene, controlScene, until } from '../control/control-scene.ts'
import { sagaScene } from '../control/saga-scene.ts'
import {
  cleanForAll,
  go,
  launchBrowser,
  type Reader,
  reader,
  shoot,
  showTo,
  tabTo,
  violations,
  withoutChromium,
} from './browser.ts'

const readers: readonly Reader[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'zh' },
]

/** Letters, tabs and arrows: no pointer. */
async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

async function failing(scene: ControlScene, count: number, ask = 'later'): Promise<void> {
  const aside = async () => {
    const flow = (await scene.instance.operations.status()).flows[0]
    return (flow?.parked ?? 0) + (flow?.inDoubt ?? 0)
  }
  const wanted = (await aside()) + count
  const orders = Array.from({ length: count }, (_, n) => ({
    no: `${ask === 'later' ? 'WO' : 'SO'}-2026-0088${10 + n}`,
    buyer: 'Li Na',
    ask,
  }))
  await scene.accept(orders)
  await until(async () => (await aside()) === wanted)
}

describe('operating failures in the console', { skip: withoutChromium }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser?.close())

  const open = (t: TestContext, { url, token }: { url: string; token: string }, who: Reader = {}) =>
    reader(t, browser, url, { token, ...who })

  it('a group is frozen and replayed stage by stage by keys alone, and its page survives a reload', async t => {
    const scene = await controlScene(t)
    await failing(scene, 14)
    scene.mend()
    const page = await open(t, scene.instance.control)
    await page.goto('/local/failures')
    await page.getByRole('checkbox').first().waitFor()
    await page.locator('#page').focus()
    while (
      !(await page
        .getByRole('checkbox')
        .first()
        .evaluate(box => box === box.ownerDocument.activeElement))
    )
      await press(page, 'Tab')
    await press(page, 'x')
    await page.getByText('1 groups, 14 messages chosen').waitFor()
    // What fails from now on is not of what was frozen.
    await press(page, 'r')
    await page.getByRole('heading', { name: /Frozen selection: 14 messages/ }).waitFor()
    await press(page, 'r')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('the shop is up again')
    while (
      !(await page
        .getByRole('button', { name: /^Replay 1 first/ })
        .evaluate(it => it === it.ownerDocument.activeElement))
    )
      await press(page, 'Tab')
    await press(page, 'Enter')
    await page.waitForURL(/\/failures\/batch\//)
    await page.getByText('Waits for your go').waitFor()
    assert.equal(scene.booked.length, 1)
    await press(page, 'r')
    await page.getByText('11 of 14 tried').waitFor()
    await page.reload()
    await page.getByText('11 of 14 tried').waitFor()
    await page.getByText('Waits for your go').waitFor()
    await shoot(page, 'batch-en-light')
    await press(page, 'r')
    await page.getByText('Ended').first().waitFor()
    assert.equal(new Set(scene.booked.map(({ no }) => no)).size, 14)
    assert.equal(scene.booked.length, 14)
  })

  it('a message is edited and replayed by keys alone: it does not fit, it fits, it runs', async t => {
    const scene = await controlScene(t)
    await failing(scene, 1, 'refuse')
    const page = await open(t, scene.instance.control)
    await page.goto('/local/failures')
    await tabTo(page, page.getByRole('button', { name: /is unknown to/ }))
    await press(page, 'Enter')
    await tabTo(page, page.getByRole('link', { name: 'Fix & replay' }))
    await press(page, 'Enter')
    const editor = page.getByRole('textbox', { name: 'Data' })
    await tabTo(page, editor)
    await press(page, 'Control+a')
    await page.keyboard.insertText('{"no": "1", "ask": 7}')
    await page.getByText(/2 fields do not fit/).waitFor()
    await press(page, 'Control+a')
    await page.keyboard.insertText('{"no": "SO-1", "buyer": "Li Na", "ask": "ok"}')
    await page.getByText('The data fit the model').waitFor()
    await shoot(page, 'edit-en-light')
    assert.deepEqual(await violations(page), [])
    await press(page, 'Control+Enter')
    await page.keyboard.type('the customer was wrong')
    await press(page, 'Tab', 'Enter')
    await page.waitForURL(/\/failures$/)
    await until(() => scene.booked.length === 1)
    assert.deepEqual(scene.booked, [{ no: 'SO-1', buyer: 'Li Na', ask: 'ok' }])
  })

  it('an edit that comes too late is told as such, and what was written stays', async t => {
    const scene = await controlScene(t)
    await failing(scene, 1, 'refuse')
    const page = await open(t, scene.instance.control)
    await page.goto('/local/messages/SO-2026-008810/edit?flow=booking&seq=1')
    const editor = page.getByRole('textbox', { name: 'Data' })
    await editor.focus()
    await press(page, 'Control+a')
    await page.keyboard.insertText('{"no": "SO-1", "buyer": "Li Na", "ask": "ok"}')
    await page.getByText('The data fit the model').waitFor()
    await scene.ask('/api/v1/flows/booking/messages/1/decision', {
      body: { do: 'discard', by: 'bob', why: 'old' },
    })
    await page.getByRole('textbox', { name: 'Why' }).fill('mine')
    await page.getByRole('button', { name: /Replay with these data/ }).press('Enter')
    await page.getByText('Somebody has decided about this message').waitFor()
    assert.match(await editor.innerText(), /SO-1/)
    assert.equal(scene.booked.length, 0)
  })

  it('every view is clean for axe, in both themes and languages', async t => {
    const scene = await controlScene(t)
    await failing(scene, 8)
    await failing(scene, 2, 'lose')
    const freeze = await scene.ask('/api/v1/selections', { body: { failures: { state: 'parked' } } })
    const { selection } = (await freeze.json()) as { selection: string }
    await scene.ask('/api/v1/batches', { body: { selection, do: 'retry', why: 'a try', by: 'ann' } })
    const { groups } = (await (await scene.ask('/api/v1/failures')).json()) as {
      groups: { group: string }[]
    }
    const again = await scene.ask('/api/v1/selections', { body: { failures: {} } })
    const { selection: frozen } = (await again.json()) as { selection: string }
    const page = await open(t, scene.instance.control)
    await page.goto('/local/failures')
    for (const [n, [name, place]] of (
      [
        ['failures-group', `failures?group=${groups[0]?.group}`],
        ['failures-flow', 'failures?by=flow'],
        ['failures-message', 'failures?by=message'],
        ['failures-none', 'failures?flow=none'],
        ['failures-frozen', `failures?sel=${frozen}`],
        ['batch', `failures/batch/${selection}`],
        ['edit', 'messages/x/edit?flow=booking&seq=2'],
        ['indoubt', 'indoubt'],
      ] as const
    ).entries()) {
      await go(page, `/local/${place}`)
      await page.locator('h1').waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      await cleanForAll(page, name, readers, { isFirst: n === 0 })
      await showTo(page, {})
    }
  })

  it('a saga that needs a person is first, shows what each system holds, and is taken over with a reason', async t => {
    const scene = await sagaScene(t)
    const { operations, ground } = scene
    const start = (no: string, ask: string) =>
      operations.sagas.start('delivery', { data: { no, buyer: 'Li Na', ask }, id: no, by: 'ann' })
    await start('SO-1', 'nothing')
    await start('SO-2', 'refuse release')
    const stateOf = async (key: string) => (await operations.sagas.show('delivery', key))?.state
    await until(async () => (await stateOf('SO-2')) === 'waiting')
    await operations.sagas.decide('delivery', 'SO-2', {
      do: 'decide',
      step: 'credit',
      choice: 'no',
      by: 'ann',
      why: 'x',
    })
    await until(async () => (await stateOf('SO-2')) === 'needs person')
    const page = await open(t, scene.instance.control)
    await page.goto('/local/sagas')
    const first = page.locator('tbody a').first()
    await first.waitFor()
    assert.equal(await first.innerText(), 'SO-2')
    assert.deepEqual(await violations(page), [])
    await first.press('Enter')
    await page.getByRole('heading', { name: 'What each system holds now' }).waitFor()
    await page.getByText('differs').waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'saga-en-light')
    await operations.sagas.decide('delivery', 'SO-2', { do: 'take', by: 'bob', why: 'looks into it' })
    await page.getByText('bob works on it').first().waitFor()
    await page.getByRole('button', { name: 'Try reserve again' }).press('Enter')
    assert.equal(await page.getByRole('dialog').count(), 0, 'not while bob has it')
    const order = async (button: string) => {
      await page.getByRole('button', { name: button }).press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.type('bob is asleep')
      await press(page, 'Tab', 'Tab', 'Enter')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await order('Take over…')
    await page.getByText('local works on it').waitFor()
    await order('Pause…')
    await page.getByText('Paused by local: bob is asleep').waitFor()
    assert.deepEqual(await violations(page), [])
    await order('Continue…')
    await page.getByText('Paused by local: bob is asleep').waitFor({ state: 'detached' })
    ground.mended.add('release SO-2')
    await page.getByRole('button', { name: 'Try reserve again' }).press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('it is repaired')
    await press(page, 'Tab', 'Tab', 'Enter')
    await page.getByText('Taken back', { exact: true }).first().waitFor()
    await until(async () => (await stateOf('SO-2')) === 'compensated')
  })
})
