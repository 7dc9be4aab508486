import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { landscape } from 'isthmus'
import type { Page } from 'playwright-core'
import type { AnswerOf } from '../../src/client/answers.ts'
import { startInstance } from '../../src/server/instance.ts'
import { costedPage, launch, median } from '../support/browser-cost.ts'
import { table } from '../support/harness.ts'

// The long table of the console, with the items of a batch, which are made up and served in the place of an instance's own:
// what a frame of scrolling and a jump to the end cost the main thread, and how much of it is in the document.
// `npm run bench -- console table [--rows 100000]`.
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    rows: { type: 'string', default: '100000' },
    frames: { type: 'string', default: '120' },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(values.rows)
const frames = Number(values.frames)
/** Pixels of one frame: five rows. */
const step = 170
const began = Date.UTC(2026, 0, 1)

const data = mkdtempSync(join(tmpdir(), 'isthmus-table-'))
const nothing = landscape({ name: 'bench', systems: [], flows: [] })
const options = { landscape: nothing, data, port: 0, control: { port: 0 }, environment: {} }
const instance = await startInstance({ ...options, log: () => {} })
const browser = await launch()
try {
  const { page, cost, close } = await costedPage(browser, instance.control)
  await serve(page)
  const opening = await cost(async () => {
    await page.goto('/prod/failures/batch/b')
    await page.getByText('SO-000001').waitFor()
  })
  const nodes = [await page.evaluate<number>('document.querySelectorAll("*").length')]
  const body = page.locator('.long-table .body')
  const perFrame: number[] = []
  for (let frame = 0; frame < frames; frame++) {
    perFrame.push(
      await cost(() =>
        body.evaluate(
          (it, by) =>
            new Promise(seen => {
              ;(it as unknown as { scrollTop: number }).scrollTop += by
              const { requestAnimationFrame: next } = globalThis as unknown as {
                requestAnimationFrame(act: () => void): void
              }
              next(() => next(() => seen(undefined)))
            }),
          step,
        ),
      ),
    )
    if (frame % 30 === 29) nodes.push(await page.evaluate<number>('document.querySelectorAll("*").length'))
  }
  const last = `SO-${String(count).padStart(6, '0')}`
  const jump = await cost(async () => {
    await body.press('End')
    await page.getByText(last).waitFor()
  })
  await close()
  const rows = [
    { what: 'main thread until the first row', value: median([opening]), unit: 'ms' },
    { what: 'a frame of scrolling (aim 10)', value: median(perFrame), unit: 'ms' },
    { what: 'elements in the document, at most (aim 600)', value: Math.max(...nodes), unit: '' },
    { what: 'jump to the end (aim 150)', value: median([jump]), unit: 'ms' },
  ]
  console.log(values.json ? JSON.stringify(rows) : table(rows))
} finally {
  await browser.close()
  await instance.stop(500)
  rmSync(data, { recursive: true, force: true })
}

type Items = AnswerOf<'/api/v1/selections/{selection}/items'>

async function serve(page: Page): Promise<void> {
  const batch: AnswerOf<'/api/v1/batches/{batch}'> = {
    ...{ batch: 'b', do: 'retry', by: 'ann', why: 'a try', at: began, changed: began, state: 'ended' },
    ...{ count, next: count, stage: 0, stages: [], rate: 50, allowed: 0, effects: 'kept' },
    ...{ acceptChanges: false, flows: ['booking'] },
  }
  await page.route('**/api/v1/batches/b', route => route.fulfill({ json: batch }))
  await page.route('**/api/v1/selections/b/items?*', route => {
    const asked = new URL(route.request().url()).searchParams
    const [after, limit] = [Number(asked.get('after')), Number(asked.get('limit'))]
    const items = Array.from({ length: Math.min(limit, count - after) }, (_, at) => itemOf(after + at + 1))
    return route.fulfill({ json: { items } satisfies Pick<Items, 'items'> })
  })
}

function itemOf(n: number): Items['items'][number] {
  const key = `SO-${String(n).padStart(6, '0')}`
  const result = { outcome: 'delivered', ms: n % 400 } as const
  return { n, flow: 'booking', seq: n, key, state: 'delivered', attempts: 1, since: began + n, result }
}
