import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'

/** A page whose cost is counted: processor time of its main thread (ticks, by the debugger), the same on a busy machine. */
export interface CostedPage {
  readonly page: Page
  readonly session: CDPSession
  /** What doing this costs the main thread, milliseconds. */
  cost(work: () => Promise<unknown>): Promise<number>
  close(): Promise<void>
}

export function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  return chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true })
}

export async function costedPage(
  browser: Browser,
  { url, token }: { readonly url: string; readonly token: string },
): Promise<CostedPage> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1440, height: 900 },
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async () => (await metricsOf(session)).TaskDuration ?? 0
  return {
    page,
    session,
    async cost(work) {
      const before = await spent()
      await work()
      return 1000 * ((await spent()) - before)
    },
    close: () => context.close(),
  }
}

export async function metricsOf(session: CDPSession): Promise<Readonly<Record<string, number>>> {
  const { metrics } = await session.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10
}
