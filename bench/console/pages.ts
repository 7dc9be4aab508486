import { parseArgs } from 'node:util'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import type { AnswerOf } from '../../src/client/answers.ts'
import { type FactoryScene, factoryScene } from '../../test/console/factory-scene.ts'
import { table } from '../support/harness.ts'

// What pages cost the browser, as processor time of its main thread (threads' ticks by the debugger): the same on a busy
// machine. Against a running factory; the large landscape is made up, and served in the place of the factory's own.
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    rounds: { type: 'string', default: '5' },
    systems: { type: 'string', default: '60' },
    bridges: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true })
const scene = await factoryScene()
try {
  const rows = [
    ...(await firstRows(browser, scene)),
    ['again, in the same page (aim 100)', await nextPage(browser, scene), 'ms'],
    ...(await largeLandscape(browser, scene)),
  ] as const
  const named = rows.map(([what, value, unit]) => ({ what, value, unit }))
  console.log(values.json ? JSON.stringify(named) : table(named))
} finally {
  await scene.stop()
  await browser.close()
}

type Row = readonly [what: string, value: number, unit: string]

/** From nothing until the first row that says something. */
async function firstRows(browser: Browser, scene: FactoryScene): Promise<Row[]> {
  const cpu: number[] = []
  const heap: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { page, session, close } = await open(browser, scene)
    await page.goto('/local/landscape?view=list')
    await page.locator('tbody tr').first().waitFor()
    const { TaskDuration = 0, JSHeapUsedSize = 0 } = await metrics(session)
    cpu.push(TaskDuration * 1000)
    heap.push(JSHeapUsedSize / 2 ** 20)
    await close()
  }
  return [
    ['main thread until the first row (aim 250)', median(cpu), 'ms'],
    ['heap then', median(heap), 'MB'],
  ]
}

/** To a page whose code is there, and back. */
async function nextPage(browser: Browser, scene: FactoryScene): Promise<number> {
  const { page, session, close } = await open(browser, scene)
  await page.goto('/local/balance')
  await page.locator('tbody tr').first().waitFor()
  const cpu: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const before = (await metrics(session)).TaskDuration ?? 0
    await page.keyboard.press('g')
    await page.keyboard.press(round % 2 === 0 ? 'l' : 'b')
    await page.waitForURL(round % 2 === 0 ? /landscape/ : /balance/)
    await page
      .locator(round % 2 === 0 ? '.island' : 'tbody tr')
      .first()
      .waitFor()
    // The first one loads the code of the page.
    if (round > 0) cpu.push(1000 * (((await metrics(session)).TaskDuration ?? 0) - before))
  }
  await close()
  return median(cpu)
}

/** Idle, with dots that move and without. */
async function largeLandscape(browser: Browser, scene: FactoryScene): Promise<Row[]> {
  const idle = async (reducedMotion: 'reduce' | 'no-preference') => {
    const { page, session, close } = await open(browser, scene, reducedMotion)
    await page.route('**/api/v1/landscape/state', route => route.fulfill({ json: large() }))
    await page.route('**/api/v1/stream', route => route.abort())
    await page.goto('/local/landscape')
    await page.locator('.island').first().waitFor()
    const opened = (await metrics(session)).TaskDuration ?? 0
    await page.waitForTimeout(1000)
    const before = (await metrics(session)).TaskDuration ?? 0
    await page.waitForTimeout(5000)
    const share = (((await metrics(session)).TaskDuration ?? 0) - before) / 5
    await close()
    return { opened: opened * 1000, share: share * 100 }
  }
  const moving = await idle('no-preference')
  const still = await idle('reduce')
  const size = `${values.systems} systems, ${values.bridges} bridges`
  return [
    [`${size}: until they are drawn`, moving.opened, 'ms'],
    [`${size}: idle with dots (aim 12)`, moving.share, '% of a core'],
    [`${size}: idle without`, still.share, '% of a core'],
  ]
}

function large(): AnswerOf<'/api/v1/landscape/state'> {
  const [systems, bridges] = [Number(values.systems), Number(values.bridges)]
  const columns = Math.ceil(Math.sqrt(systems))
  const name = (no: number) => `system-${no % systems}`
  const pace = { perSecond: 12.5, p95: 210, errors: 0 }
  return {
    landscape: 'large',
    at: Date.now(),
    counts: { ok: bridges, degraded: 0, down: 0, paused: 0, noSignal: 0 },
    perSecond: 12.5 * bridges,
    islands: Array.from({ length: systems }, (_, no) => ({
      ...{ island: name(no), system: name(no), label: name(no), kind: 'erp', connector: 'rest', own: false },
      ...{
        state: 'ok' as const,
        waiting: 0,
        ...pace,
        place: { column: no % columns, row: Math.floor(no / columns) },
      },
    })),
    bridges: Array.from({ length: bridges }, (_, no) => ({
      ...{ bridge: `flow-${no}`, flow: `flow-${no}`, from: name(no), to: name(no * 7 + 1 + (no % 5)) },
      ...{
        kind: 'delivers' as const,
        state: 'ok' as const,
        backlog: 0,
        retrying: 0,
        parked: 0,
        inDoubt: 0,
        ...pace,
      },
    })),
  }
}

async function open(
  browser: Browser,
  scene: FactoryScene,
  reducedMotion: 'reduce' | 'no-preference' = 'no-preference',
) {
  const context = await browser.newContext({
    baseURL: scene.url,
    viewport: { width: 1440, height: 900 },
    reducedMotion,
    extraHTTPHeaders: { authorization: `Bearer ${scene.token}` },
  })
  const page: Page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return { page, session, close: () => context.close() }
}

async function metrics(session: CDPSession): Promise<Readonly<Record<string, number>>> {
  const { metrics } = await session.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10
}
