import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  type Connector,
  flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { costedPage, launch, median } from '../support/browser-cost.ts'
import { table } from '../support/harness.ts'

// The trace of one business key with very many messages: what it costs the instance to tell it, and the browser to open it.
// `npm run bench -- console trace [--messages 10000]`.
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    messages: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(values.messages)
const rounds = Number(values.rounds)
const key = 'SO-2026-004711'

const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), line: Type.Integer(), note: Type.String() }),
})
type OrderData = { no: string; line: number; note: string }
const base = { system: 'shop', model: Order, options: {} }
const orders: SourceChannel<OrderData> = { ...base, role: 'source', name: 'orders' }
const book: SinkChannel<OrderData, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'book',
  effect: idempotent,
}

const intake = Promise.withResolvers<Intake>()
const connector: Connector = {
  name: 'shop',
  summary: {},
  channels: () => ({}),
  connect: async () => ({
    source: () => ({
      run: (given, signal) => {
        intake.resolve(given)
        return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
      },
    }),
    sink: () => ({ batch: 1000, write: async items => items.map(() => ({ ok: true }) as const) }),
    check: async () => {},
    close: async () => {},
  }),
}

const data = mkdtempSync(join(tmpdir(), 'isthmus-trace-'))
const shop = system('shop', { kind: 'other', connector })
const plan = landscape({ name: 'bench', systems: [shop], flows: [flow('booking').from(orders).to(book)] })
const options = {
  landscape: plan,
  data,
  port: 0,
  control: { port: 0 },
  environment: {},
  store: memoryStore(),
}
const instance = await startInstance({ ...options, log: () => {} })
const browser = await launch()
try {
  await fill(instance)
  const rows = [
    { what: 'instance: tells the trace', value: median(await telling(instance)), unit: 'ms' },
    { what: 'browser: opens it (aim 500)', value: median(await opening(instance)), unit: 'ms' },
  ]
  console.log(values.json ? JSON.stringify(rows) : table(rows))
} finally {
  await browser.close()
  await instance.stop(500)
  rmSync(data, { recursive: true, force: true })
}

/** All messages are of one key, and so one after another. */
async function fill({ operations }: Instance): Promise<void> {
  const { accept } = await intake.promise
  const chunk = 500
  for (let first = 0; first < count; first += chunk) {
    const lines = Array.from({ length: Math.min(chunk, count - first) }, (_, at) => first + at)
    await accept.call(
      await intake.promise,
      lines.map(line => ({ id: `${line}`, data: { no: key, line, note: 'x'.repeat(200) } })),
    )
  }
  while ((await operations.status()).flows[0]?.ended !== count) await delay(200)
}

/** Processor time of this process, in which nothing else happens. */
async function telling({ control: { url, token } }: Instance): Promise<number[]> {
  const headers = { authorization: `Bearer ${token}` }
  const spent: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    const answer = await fetch(`${url}/api/v1/trace?key=${key}`, { headers })
    if (!answer.ok || !(await answer.text()).includes('booking')) throw new Error(`HTTP ${answer.status}`)
    const { user, system } = process.cpuUsage(before)
    spent.push((user + system) / 1000)
  }
  return spent
}

async function opening({ control }: Instance): Promise<number[]> {
  const spent: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { page, cost, close } = await costedPage(browser, control)
    spent.push(
      await cost(async () => {
        await page.goto(`/prod/messages/${key}`)
        await page.locator('.hop').first().waitFor()
        await page.locator('.steps').first().waitFor()
      }),
    )
    await close()
  }
  return spent
}
