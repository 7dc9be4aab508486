import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type Answer,
  type Connection,
  type Connector,
  flow,
  type Intake,
  IsthmusError,
  irreversible,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  secret,
  system,
  Type,
} from '../../src/index.ts'
import type { LogEntry } from '../../src/observe/log.ts'
import { type Instance, type InstanceOptions, startInstance } from '../../src/server/instance.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'

export const canary = 'canary/5d41402abc4b2a76'

const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({ no: Type.String(), buyer: Type.String(), ask: Type.String() }),
})
export interface Order {
  readonly no: string
  readonly buyer: string
  readonly ask: string
}

/** An instance in this process, with a source and a sink that the test plays itself. */
export interface ControlScene {
  readonly instance: Instance
  readonly log: readonly LogEntry[]
  readonly booked: readonly Order[]
  accept(orders: readonly Order[]): Promise<void>
  /** From now on what is refused only for a while (`later`) is booked. */
  mend(): void
  /** Ends the run of the source that there is, with this error. */
  fail(error: Error): void
  /** Asks the control API; with the token unless told otherwise. */
  ask(
    path: string,
    options?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Response>
}

export async function controlScene(
  t: TestContext,
  more: Partial<InstanceOptions> & { readonly parts?: Partial<Parameters<typeof landscape>[0]> } = {},
): Promise<ControlScene> {
  const { parts, ...options } = more
  const data = mkdtempSync(join(tmpdir(), 'isthmus-control-'))
  const intake = Promise.withResolvers<Intake>()
  let fail = (_: Error): void => {}
  const booked: Order[] = []
  const shop = { isMended: false }
  const log: LogEntry[] = []
  const instance = await startInstance({
    landscape: orders(
      (begun, reject) => {
        intake.resolve(begun)
        fail = reject
      },
      booked,
      shop,
      parts,
    ),
    data,
    port: 0,
    control: { port: 0 },
    store: memoryStore(),
    log: entry => log.push(entry),
    ...options,
    environment: { SHOP_TOKEN: canary, ...options.environment },
  })
  t.after(async () => {
    await instance.stop(1_000)
    rmSync(data, { recursive: true, force: true })
  })
  const { url, token } = instance.control
  return {
    instance,
    log,
    booked,
    async accept(orders) {
      await (await intake.promise).accept(orders.map(order => ({ id: order.no, data: order })))
    },
    mend() {
      shop.isMended = true
    },
    fail: error => fail(error),
    ask(path, { method, body, headers = { authorization: `Bearer ${token}` } } = {}) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      return fetch(url + path, {
        method: method ?? (body ? 'POST' : 'GET'),
        headers: { ...type, ...headers },
        ...sent,
      })
    },
  }
}

function orders(
  onRun: (intake: Intake, fail: (error: Error) => void) => void,
  booked: Order[],
  state: { readonly isMended: boolean },
  parts: Partial<Parameters<typeof landscape>[0]> = {},
) {
  const write = (order: Order): Answer => {
    if (order.ask === 'refuse' || (order.ask === 'later' && !state.isMended))
      return {
        ok: false,
        error: new IsthmusError('TARGET-REFUSED', `${order.buyer} is unknown to ${canary}`),
      }
    if (order.ask === 'lose') return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', 'no answer') }
    booked.push(order)
    return { ok: true }
  }
  const connection: Connection = {
    source: () => ({
      run: (intake, signal) => {
        return new Promise((resolve, reject) => {
          onRun(intake, reject)
          signal.addEventListener('abort', () => resolve())
        })
      },
    }),
    sink: () => ({ batch: 10, write: async items => items.map(({ data }) => write(data as Order)) }),
    check: async () => {},
    close: async () => {},
  }
  const connector: Connector = {
    name: 'shop',
    summary: {},
    channels: () => ({}),
    connect: async context => {
      context.resolve(secret('SHOP_TOKEN'))
      return connection
    },
  }
  const base = { system: 'shop', model: Order, options: {} }
  const source: SourceChannel<Order> = { ...base, role: 'source', name: 'orders' }
  const sink: SinkChannel<Order, typeof irreversible> = {
    ...base,
    role: 'sink',
    name: 'bookings',
    effect: irreversible,
  }
  const shop = system('shop', { kind: 'other', connector })
  return landscape({
    name: 'test',
    systems: [shop],
    flows: [flow('booking').from(source).to(sink)],
    ...parts,
  })
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs = 120_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
